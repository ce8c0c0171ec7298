SELECT city FROM {{ ref('users_by_city') }} WHERE users > 1000 -- the big ones
