-- The social network's warehouse written by hand for PostgreSQL: one delivery, from CSV to mart.
--
-- handwritten_postgres.py cuts this file at the lines "-- step: name [after: other, ...]" and runs
-- each step as soon as those it waits for are done; a step `copy_x` gets x.csv by COPY. %(load_dt)s
-- is bound. The keys are the project's (design.md H1-H5, H3a); nothing is checked but by the types.

-- step: settings
SET work_mem = '256MB';
SET timezone = 'UTC';

-- step: tables
CREATE SCHEMA IF NOT EXISTS stage;
CREATE SCHEMA IF NOT EXISTS vault;
CREATE SCHEMA IF NOT EXISTS mart;
CREATE OR REPLACE FUNCTION stage.escaped(words text) RETURNS text IMMUTABLE LANGUAGE sql
RETURN replace(replace(words, '\', '\\'), '|', '\|');
-- A table gets its key behind its first rows: an index is made faster at once than row by row.
CREATE OR REPLACE FUNCTION stage.keyed(name regclass, columns text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_index WHERE indrelid = name AND indisprimary) THEN
        EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s)', name, columns);
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS vault.h_users (
    hk_user_id uuid NOT NULL, user_id integer NOT NULL, registration_dt timestamp,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.h_groups (
    hk_group_id uuid NOT NULL, group_id integer NOT NULL, registration_dt timestamp,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.h_dialogs (
    hk_message_id uuid NOT NULL, message_id integer NOT NULL, message_ts timestamp,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.h_group_logs (
    hk_group_log_id uuid NOT NULL, group_log_id uuid NOT NULL, datetime timestamp,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_user_message (
    hk_l_user_message uuid NOT NULL, hk_user_id uuid NOT NULL, hk_message_id uuid NOT NULL,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_groups_dialogs (
    hk_l_groups_dialogs uuid NOT NULL, hk_message_id uuid NOT NULL, hk_group_id uuid NOT NULL,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_admins (
    hk_l_admins uuid NOT NULL, hk_user_id uuid NOT NULL, hk_group_id uuid NOT NULL,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_group_logs_users (
    hk_l_group_logs_users uuid NOT NULL, hk_group_log_id uuid NOT NULL, hk_user_id uuid NOT NULL,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_group_logs_groups (
    hk_l_group_logs_groups uuid NOT NULL, hk_group_log_id uuid NOT NULL,
    hk_group_id uuid NOT NULL, load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_group_logs_users_from (
    hk_l_group_logs_users_from uuid NOT NULL, hk_group_log_id uuid NOT NULL,
    hk_user_id uuid NOT NULL, load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_auth_history (
    hk_group_log_id uuid NOT NULL, user_id_from integer, event varchar(20), event_dt timestamp,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_admins (
    hk_l_admins uuid NOT NULL, is_admin boolean, admin_from timestamp, hashdiff uuid NOT NULL,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_group_name (
    hk_group_id uuid NOT NULL, group_name varchar(200), hashdiff uuid NOT NULL,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_group_private_status (
    hk_group_id uuid NOT NULL, is_private boolean, hashdiff uuid NOT NULL,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_dialog_info (
    hk_message_id uuid NOT NULL, message varchar(1000), message_from integer, message_to integer,
    hashdiff uuid NOT NULL, load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_user_socdem (
    hk_user_id uuid NOT NULL, country varchar(200), age integer, hashdiff uuid NOT NULL,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_user_chatinfo (
    hk_user_id uuid NOT NULL, chat_name varchar(200), hashdiff uuid NOT NULL,
    load_dt timestamp NOT NULL, load_src varchar(255) NOT NULL);

DROP TABLE IF EXISTS stage.raw_users, stage.raw_groups, stage.raw_dialogs, stage.raw_group_log;
DROP TABLE IF EXISTS stage.users, stage.groups, stage.dialogs, stage.group_log;
CREATE UNLOGGED TABLE stage.raw_users (
    id integer NOT NULL, chat_name varchar(200), registration_dt timestamp, country varchar(200),
    age integer);
CREATE UNLOGGED TABLE stage.raw_groups (
    id integer NOT NULL, admin_id integer, group_name varchar(200), registration_dt timestamp,
    is_private boolean);
CREATE UNLOGGED TABLE stage.raw_dialogs (
    message_id integer NOT NULL, message_ts timestamp, message_from integer NOT NULL,
    message_to integer, message varchar(1000), message_group integer);
CREATE UNLOGGED TABLE stage.raw_group_log (
    group_id integer NOT NULL, user_id integer NOT NULL, user_id_from integer, event varchar(20),
    datetime timestamp);

-- step: copy_users
COPY stage.raw_users FROM STDIN (FORMAT csv, HEADER);

-- step: copy_groups
COPY stage.raw_groups FROM STDIN (FORMAT csv, HEADER);

-- step: copy_dialogs
COPY stage.raw_dialogs FROM STDIN (FORMAT csv, HEADER);

-- step: copy_group_log
COPY stage.raw_group_log FROM STDIN (FORMAT csv, HEADER);

-- Exact repeats within a file go here, so that no load below needs a DISTINCT.

-- step: stage_dialogs after: copy_dialogs
CREATE TABLE stage.dialogs AS
SELECT DISTINCT ON (message_id)
    *,
    md5(message_id::text)::uuid AS hk_message_id,
    md5(message_from::text)::uuid AS hk_user_id,
    md5(message_group::text)::uuid AS hk_group_id,
    md5(message_from || '|' || message_id)::uuid AS hk_l_user_message,
    md5(message_id || '|' || message_group)::uuid AS hk_l_groups_dialogs,
    md5(concat_ws(
        '|', 'message=' || stage.escaped(message), 'message_from=' || message_from,
        'message_to=' || message_to
    ))::uuid AS hashdiff,
    %(load_dt)s::timestamp AS load_dt,
    'dialogs.csv'::varchar(255) AS load_src
FROM stage.raw_dialogs
ORDER BY message_id;
ANALYZE stage.dialogs (hk_message_id, hk_user_id, hk_l_user_message, hk_l_groups_dialogs);

-- step: stage_group_log after: copy_group_log
CREATE TABLE stage.group_log AS
SELECT
    group_id, user_id, user_id_from, event, datetime,
    id_text::uuid AS id,
    md5(id_text)::uuid AS hk_group_log_id,
    md5(group_id::text)::uuid AS hk_group_id,
    md5(user_id::text)::uuid AS hk_user_id,
    md5(user_id_from::text)::uuid AS hk_user_id_inviter,
    md5(id_text || '|' || user_id)::uuid AS hk_l_group_logs_users,
    md5(id_text || '|' || group_id)::uuid AS hk_l_group_logs_groups,
    md5(id_text || '|' || user_id_from)::uuid AS hk_l_group_logs_users_from,
    %(load_dt)s::timestamp AS load_dt,
    'group_log.csv'::varchar(255) AS load_src
FROM (
    SELECT DISTINCT ON (id_text) *
    FROM (
        SELECT
            *,
            md5(
                group_id || '|' || user_id || '|' || coalesce(stage.escaped(event), '\N') || '|'
                || coalesce(datetime::text, '\N')
            ) AS id_text
        FROM stage.raw_group_log
        OFFSET 0
    ) AS hashed
    ORDER BY id_text
) AS once;
ANALYZE stage.group_log (hk_group_log_id, hk_user_id, hk_group_id, hk_l_group_logs_users);

-- step: stage_users after: copy_users
CREATE TABLE stage.users AS
SELECT DISTINCT ON (id)
    *,
    md5(id::text)::uuid AS hk_user_id,
    md5(concat_ws('|', 'age=' || age, 'country=' || stage.escaped(country)))::uuid AS socdem_hashdiff,
    md5(coalesce('chat_name=' || stage.escaped(chat_name), ''))::uuid AS chatinfo_hashdiff,
    %(load_dt)s::timestamp AS load_dt,
    'users.csv'::varchar(255) AS load_src
FROM stage.raw_users
ORDER BY id;
ANALYZE stage.users (hk_user_id, id);

-- step: stage_groups after: copy_groups
CREATE TABLE stage.groups AS
SELECT DISTINCT ON (id)
    *,
    md5(id::text)::uuid AS hk_group_id,
    md5(admin_id::text)::uuid AS hk_user_id,
    md5(admin_id || '|' || id)::uuid AS hk_l_admins,
    md5(concat_ws('|', 'admin_from=' || registration_dt, 'is_admin=true'))::uuid AS admins_hashdiff,
    md5(coalesce('group_name=' || stage.escaped(group_name), ''))::uuid AS name_hashdiff,
    md5(coalesce('is_private=' || is_private, ''))::uuid AS private_hashdiff,
    %(load_dt)s::timestamp AS load_dt,
    'groups.csv'::varchar(255) AS load_src
FROM stage.raw_groups
ORDER BY id;
ANALYZE stage.groups (hk_group_id, id);

-- Hubs

-- step: h_dialogs after: stage_dialogs
INSERT INTO vault.h_dialogs
SELECT hk_message_id, message_id, message_ts, load_dt, load_src
FROM stage.dialogs AS s
WHERE NOT EXISTS (SELECT 1 FROM vault.h_dialogs AS d WHERE d.hk_message_id = s.hk_message_id);
SELECT stage.keyed('vault.h_dialogs', 'hk_message_id');

-- step: h_group_logs after: stage_group_log
INSERT INTO vault.h_group_logs
SELECT hk_group_log_id, id, datetime, load_dt, load_src
FROM stage.group_log AS s
WHERE NOT EXISTS (SELECT 1 FROM vault.h_group_logs AS d WHERE d.hk_group_log_id = s.hk_group_log_id);
SELECT stage.keyed('vault.h_group_logs', 'hk_group_log_id');

-- step: h_users after: stage_users, stage_groups, stage_dialogs, stage_group_log
INSERT INTO vault.h_users
WITH mentioned AS (
    SELECT user_id, min(place) AS place
    FROM (
        SELECT admin_id AS user_id, 1 AS place FROM stage.groups WHERE admin_id IS NOT NULL
        UNION ALL SELECT message_from, 2 FROM stage.dialogs
        UNION ALL SELECT message_to, 2 FROM stage.dialogs WHERE message_to IS NOT NULL
        UNION ALL SELECT user_id, 3 FROM stage.group_log
        UNION ALL SELECT user_id_from, 3 FROM stage.group_log WHERE user_id_from IS NOT NULL
    ) AS named
    WHERE user_id NOT IN (SELECT id FROM stage.users)
    GROUP BY user_id
),

fed AS (
    SELECT hk_user_id, id AS user_id, registration_dt, load_dt, load_src FROM stage.users
    UNION ALL
    SELECT
        md5(user_id::text)::uuid, user_id, NULL, %(load_dt)s::timestamp,
        (ARRAY['groups.csv', 'dialogs.csv', 'group_log.csv'])[place]
    FROM mentioned
)

SELECT * FROM fed
WHERE NOT EXISTS (SELECT 1 FROM vault.h_users AS d WHERE d.hk_user_id = fed.hk_user_id);
SELECT stage.keyed('vault.h_users', 'hk_user_id');

-- step: h_groups after: stage_groups, stage_dialogs, stage_group_log
INSERT INTO vault.h_groups
WITH mentioned AS (
    SELECT group_id, min(place) AS place
    FROM (
        SELECT message_group AS group_id, 1 AS place
        FROM stage.dialogs WHERE message_group IS NOT NULL
        UNION ALL SELECT group_id, 2 FROM stage.group_log
    ) AS named
    WHERE group_id NOT IN (SELECT id FROM stage.groups)
    GROUP BY group_id
),

fed AS (
    SELECT hk_group_id, id AS group_id, registration_dt, load_dt, load_src FROM stage.groups
    UNION ALL
    SELECT
        md5(group_id::text)::uuid, group_id, NULL, %(load_dt)s::timestamp,
        (ARRAY['dialogs.csv', 'group_log.csv'])[place]
    FROM mentioned
)

SELECT * FROM fed
WHERE NOT EXISTS (SELECT 1 FROM vault.h_groups AS d WHERE d.hk_group_id = fed.hk_group_id);
SELECT stage.keyed('vault.h_groups', 'hk_group_id');

-- Links

-- step: l_user_message after: stage_dialogs
INSERT INTO vault.l_user_message
SELECT hk_l_user_message, hk_user_id, hk_message_id, load_dt, load_src
FROM stage.dialogs AS s
WHERE NOT EXISTS (
    SELECT 1 FROM vault.l_user_message AS d WHERE d.hk_l_user_message = s.hk_l_user_message);
SELECT stage.keyed('vault.l_user_message', 'hk_l_user_message');

-- step: l_groups_dialogs after: stage_dialogs
INSERT INTO vault.l_groups_dialogs
SELECT hk_l_groups_dialogs, hk_message_id, hk_group_id, load_dt, load_src
FROM stage.dialogs AS s
WHERE hk_l_groups_dialogs IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM vault.l_groups_dialogs AS d
    WHERE d.hk_l_groups_dialogs = s.hk_l_groups_dialogs);
SELECT stage.keyed('vault.l_groups_dialogs', 'hk_l_groups_dialogs');

-- step: l_admins after: stage_groups
INSERT INTO vault.l_admins
SELECT hk_l_admins, hk_user_id, hk_group_id, load_dt, load_src
FROM stage.groups AS s
WHERE hk_l_admins IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM vault.l_admins AS d WHERE d.hk_l_admins = s.hk_l_admins);
SELECT stage.keyed('vault.l_admins', 'hk_l_admins');

-- step: l_group_logs_users after: stage_group_log
INSERT INTO vault.l_group_logs_users
SELECT hk_l_group_logs_users, hk_group_log_id, hk_user_id, load_dt, load_src
FROM stage.group_log AS s
WHERE NOT EXISTS (
    SELECT 1 FROM vault.l_group_logs_users AS d
    WHERE d.hk_l_group_logs_users = s.hk_l_group_logs_users);
SELECT stage.keyed('vault.l_group_logs_users', 'hk_l_group_logs_users');

-- step: l_group_logs_groups after: stage_group_log
INSERT INTO vault.l_group_logs_groups
SELECT hk_l_group_logs_groups, hk_group_log_id, hk_group_id, load_dt, load_src
FROM stage.group_log AS s
WHERE NOT EXISTS (
    SELECT 1 FROM vault.l_group_logs_groups AS d
    WHERE d.hk_l_group_logs_groups = s.hk_l_group_logs_groups);
SELECT stage.keyed('vault.l_group_logs_groups', 'hk_l_group_logs_groups');

-- step: l_group_logs_users_from after: stage_group_log
INSERT INTO vault.l_group_logs_users_from
SELECT hk_l_group_logs_users_from, hk_group_log_id, hk_user_id_inviter, load_dt, load_src
FROM stage.group_log AS s
WHERE hk_l_group_logs_users_from IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM vault.l_group_logs_users_from AS d
    WHERE d.hk_l_group_logs_users_from = s.hk_l_group_logs_users_from);
SELECT stage.keyed('vault.l_group_logs_users_from', 'hk_l_group_logs_users_from');

-- Satellites: a row goes in unless the newest row stored for its key has the same hashdiff.

-- step: s_auth_history after: stage_group_log
INSERT INTO vault.s_auth_history
SELECT hk_group_log_id, user_id_from, event, datetime, load_dt, load_src
FROM stage.group_log AS s
WHERE NOT EXISTS (
    SELECT 1 FROM vault.s_auth_history AS d WHERE d.hk_group_log_id = s.hk_group_log_id);
SELECT stage.keyed('vault.s_auth_history', 'hk_group_log_id');

-- step: s_dialog_info after: stage_dialogs
INSERT INTO vault.s_dialog_info
SELECT s.hk_message_id, message, message_from, message_to, s.hashdiff, load_dt, load_src
FROM stage.dialogs AS s
LEFT JOIN (
    SELECT DISTINCT ON (hk_message_id) hk_message_id, hashdiff FROM vault.s_dialog_info
    WHERE hk_message_id IN (SELECT hk_message_id FROM stage.dialogs)
    ORDER BY hk_message_id, load_dt DESC
) AS d ON d.hk_message_id = s.hk_message_id
WHERE d.hashdiff IS DISTINCT FROM s.hashdiff;
SELECT stage.keyed('vault.s_dialog_info', 'hk_message_id, load_dt');

-- step: s_user_socdem after: stage_users
INSERT INTO vault.s_user_socdem
SELECT s.hk_user_id, country, age, socdem_hashdiff, load_dt, load_src
FROM stage.users AS s
LEFT JOIN (
    SELECT DISTINCT ON (hk_user_id) hk_user_id, hashdiff FROM vault.s_user_socdem
    WHERE hk_user_id IN (SELECT hk_user_id FROM stage.users)
    ORDER BY hk_user_id, load_dt DESC
) AS d ON d.hk_user_id = s.hk_user_id
WHERE d.hashdiff IS DISTINCT FROM s.socdem_hashdiff;
SELECT stage.keyed('vault.s_user_socdem', 'hk_user_id, load_dt');

-- step: s_user_chatinfo after: stage_users
INSERT INTO vault.s_user_chatinfo
SELECT s.hk_user_id, chat_name, chatinfo_hashdiff, load_dt, load_src
FROM stage.users AS s
LEFT JOIN (
    SELECT DISTINCT ON (hk_user_id) hk_user_id, hashdiff FROM vault.s_user_chatinfo
    WHERE hk_user_id IN (SELECT hk_user_id FROM stage.users)
    ORDER BY hk_user_id, load_dt DESC
) AS d ON d.hk_user_id = s.hk_user_id
WHERE d.hashdiff IS DISTINCT FROM s.chatinfo_hashdiff;
SELECT stage.keyed('vault.s_user_chatinfo', 'hk_user_id, load_dt');

-- step: s_admins after: stage_groups
INSERT INTO vault.s_admins
SELECT s.hk_l_admins, true, registration_dt, admins_hashdiff, load_dt, load_src
FROM stage.groups AS s
LEFT JOIN (
    SELECT DISTINCT ON (hk_l_admins) hk_l_admins, hashdiff FROM vault.s_admins
    WHERE hk_l_admins IN (SELECT hk_l_admins FROM stage.groups)
    ORDER BY hk_l_admins, load_dt DESC
) AS d ON d.hk_l_admins = s.hk_l_admins
WHERE s.hk_l_admins IS NOT NULL AND d.hashdiff IS DISTINCT FROM s.admins_hashdiff;
SELECT stage.keyed('vault.s_admins', 'hk_l_admins, load_dt');

-- step: s_group_name after: stage_groups
INSERT INTO vault.s_group_name
SELECT s.hk_group_id, group_name, name_hashdiff, load_dt, load_src
FROM stage.groups AS s
LEFT JOIN (
    SELECT DISTINCT ON (hk_group_id) hk_group_id, hashdiff FROM vault.s_group_name
    WHERE hk_group_id IN (SELECT hk_group_id FROM stage.groups)
    ORDER BY hk_group_id, load_dt DESC
) AS d ON d.hk_group_id = s.hk_group_id
WHERE d.hashdiff IS DISTINCT FROM s.name_hashdiff;
SELECT stage.keyed('vault.s_group_name', 'hk_group_id, load_dt');

-- step: s_group_private_status after: stage_groups
INSERT INTO vault.s_group_private_status
SELECT s.hk_group_id, is_private, private_hashdiff, load_dt, load_src
FROM stage.groups AS s
LEFT JOIN (
    SELECT DISTINCT ON (hk_group_id) hk_group_id, hashdiff FROM vault.s_group_private_status
    WHERE hk_group_id IN (SELECT hk_group_id FROM stage.groups)
    ORDER BY hk_group_id, load_dt DESC
) AS d ON d.hk_group_id = s.hk_group_id
WHERE d.hashdiff IS DISTINCT FROM s.private_hashdiff;
SELECT stage.keyed('vault.s_group_private_status', 'hk_group_id, load_dt');

-- step: mart after: h_groups, s_group_name, l_groups_dialogs, l_user_message, s_auth_history, l_group_logs_groups, l_group_logs_users
DROP TABLE IF EXISTS mart.group_conversion;
CREATE TABLE mart.group_conversion AS
WITH oldest AS (
    SELECT hk_group_id, group_id, registration_dt FROM vault.h_groups
    ORDER BY registration_dt NULLS LAST, group_id
    LIMIT 10
),

added AS (
    SELECT DISTINCT lg.hk_group_id, lu.hk_user_id
    FROM oldest
    INNER JOIN vault.l_group_logs_groups AS lg USING (hk_group_id)
    INNER JOIN vault.s_auth_history AS s USING (hk_group_log_id)
    INNER JOIN vault.l_group_logs_users AS lu USING (hk_group_log_id)
    WHERE s.event = 'add'
),

wrote AS (
    SELECT DISTINCT lg.hk_group_id, lu.hk_user_id
    FROM oldest
    INNER JOIN vault.l_groups_dialogs AS lg USING (hk_group_id)
    INNER JOIN vault.l_user_message AS lu USING (hk_message_id)
),

counted AS (
    SELECT
        added.hk_group_id,
        count(*) AS cnt_added_users,
        count(wrote.hk_user_id) AS cnt_users_in_group_with_messages
    FROM added
    LEFT JOIN wrote USING (hk_group_id, hk_user_id)
    GROUP BY added.hk_group_id
),

named AS (
    SELECT DISTINCT ON (s.hk_group_id) s.hk_group_id, s.group_name
    FROM oldest INNER JOIN vault.s_group_name AS s USING (hk_group_id)
    ORDER BY s.hk_group_id, s.load_dt DESC
)

SELECT
    oldest.group_id,
    named.group_name,
    oldest.registration_dt,
    coalesce(counted.cnt_added_users, 0) AS cnt_added_users,
    coalesce(counted.cnt_users_in_group_with_messages, 0) AS cnt_users_in_group_with_messages,
    counted.cnt_users_in_group_with_messages::double precision / counted.cnt_added_users
        AS group_conversion
FROM oldest
LEFT JOIN named USING (hk_group_id)
LEFT JOIN counted USING (hk_group_id)
ORDER BY group_conversion DESC NULLS LAST, group_id;
