SELECT city, COUNT(*) AS users  -- one row a city; those who left count too
FROM {{ ref('s_users_current') }}
WHERE city <> 'it''s; -- not a city' AND city <> ':load_dt'
GROUP BY city;
