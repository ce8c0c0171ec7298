SELECT
  c.customer,
  COUNT(*) AS orders,
  SUM(s.amount) AS amount
FROM {{ ref('l_orders') }} AS l
JOIN {{ ref('h_customers') }} AS c ON c.hk_customer = l.hk_customer
JOIN {{ ref('s_orders_current') }} AS s ON s.hk_order_no = l.hk_order_no
GROUP BY c.customer;
