-- The social network's warehouse written by hand for DuckDB: one delivery, from CSV to mart.
--
-- handwritten.py cuts this file at the lines "-- step: name [after: other, ...]" and runs each
-- step as soon as those it waits for are done. $folder, $load_dt are bound by handwritten.py.
-- How the keys are made is the project's rule (design.md H1-H5, H3a); what is fast was measured.

-- step: settings
-- Run on every connection. The rows of a file have no order worth keeping: a little less time.
SET preserve_insertion_order = false;
-- md5(..)::uuid by way of the digest's bytes: 0.7 of the time, the same value.
CREATE OR REPLACE TEMP MACRO hash_key(input) AS unhex(md5(input))::UUID;
-- Hardly any text has a character to escape; looking is cheaper than replacing.
CREATE OR REPLACE TEMP MACRO escaped(words) AS
    CASE
        WHEN contains(words, '\') OR contains(words, '|')
            THEN replace(replace(words, '\', '\\'), '|', '\|')
        ELSE words
    END;

-- step: tables
CREATE SCHEMA IF NOT EXISTS stage;
CREATE SCHEMA IF NOT EXISTS vault;
CREATE SCHEMA IF NOT EXISTS mart;

CREATE TABLE IF NOT EXISTS vault.h_users (
    hk_user_id UUID NOT NULL, user_id INTEGER NOT NULL, registration_dt TIMESTAMP,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.h_groups (
    hk_group_id UUID NOT NULL, group_id INTEGER NOT NULL, registration_dt TIMESTAMP,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.h_dialogs (
    hk_message_id UUID NOT NULL, message_id INTEGER NOT NULL, message_ts TIMESTAMP,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.h_group_logs (
    hk_group_log_id UUID NOT NULL, group_log_id UUID NOT NULL, datetime TIMESTAMP,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);

CREATE TABLE IF NOT EXISTS vault.l_user_message (
    hk_l_user_message UUID NOT NULL, hk_user_id UUID NOT NULL, hk_message_id UUID NOT NULL,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_groups_dialogs (
    hk_l_groups_dialogs UUID NOT NULL, hk_message_id UUID NOT NULL, hk_group_id UUID NOT NULL,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_admins (
    hk_l_admins UUID NOT NULL, hk_user_id UUID NOT NULL, hk_group_id UUID NOT NULL,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_group_logs_users (
    hk_l_group_logs_users UUID NOT NULL, hk_group_log_id UUID NOT NULL, hk_user_id UUID NOT NULL,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_group_logs_groups (
    hk_l_group_logs_groups UUID NOT NULL, hk_group_log_id UUID NOT NULL, hk_group_id UUID NOT NULL,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.l_group_logs_users_from (
    hk_l_group_logs_users_from UUID NOT NULL, hk_group_log_id UUID NOT NULL,
    hk_user_id UUID NOT NULL, load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);

CREATE TABLE IF NOT EXISTS vault.s_auth_history (
    hk_group_log_id UUID NOT NULL, user_id_from INTEGER, event VARCHAR, event_dt TIMESTAMP,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_admins (
    hk_l_admins UUID NOT NULL, is_admin BOOLEAN, admin_from TIMESTAMP,
    hashdiff UUID NOT NULL, load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_group_name (
    hk_group_id UUID NOT NULL, group_name VARCHAR,
    hashdiff UUID NOT NULL, load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_group_private_status (
    hk_group_id UUID NOT NULL, is_private BOOLEAN,
    hashdiff UUID NOT NULL, load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_dialog_info (
    hk_message_id UUID NOT NULL, message VARCHAR, message_from INTEGER, message_to INTEGER,
    hashdiff UUID NOT NULL, load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_user_socdem (
    hk_user_id UUID NOT NULL, country VARCHAR, age INTEGER,
    hashdiff UUID NOT NULL, load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS vault.s_user_chatinfo (
    hk_user_id UUID NOT NULL, chat_name VARCHAR,
    hashdiff UUID NOT NULL, load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);

CREATE OR REPLACE TABLE stage.users (
    id INTEGER NOT NULL, chat_name VARCHAR, registration_dt TIMESTAMP, country VARCHAR,
    age INTEGER, hk_user_id UUID NOT NULL, socdem_hashdiff UUID NOT NULL,
    chatinfo_hashdiff UUID NOT NULL, load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE OR REPLACE TABLE stage.groups (
    id INTEGER NOT NULL, admin_id INTEGER, group_name VARCHAR, registration_dt TIMESTAMP,
    is_private BOOLEAN, hk_group_id UUID NOT NULL, hk_user_id UUID, hk_l_admins UUID,
    admins_hashdiff UUID NOT NULL, name_hashdiff UUID NOT NULL, private_hashdiff UUID NOT NULL,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE OR REPLACE TABLE stage.dialogs (
    message_id INTEGER NOT NULL, message_ts TIMESTAMP, message_from INTEGER NOT NULL,
    message_to INTEGER, message VARCHAR, message_group INTEGER, hk_message_id UUID NOT NULL,
    hk_user_id UUID NOT NULL, hk_group_id UUID,
    hk_l_user_message UUID NOT NULL, hk_l_groups_dialogs UUID, hashdiff UUID NOT NULL,
    load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);
CREATE OR REPLACE TABLE stage.group_log (
    group_id INTEGER NOT NULL, user_id INTEGER NOT NULL, user_id_from INTEGER, event VARCHAR,
    datetime TIMESTAMP, id UUID NOT NULL, hk_group_log_id UUID NOT NULL,
    hk_group_id UUID NOT NULL, hk_user_id UUID NOT NULL, hk_user_id_inviter UUID,
    hk_l_group_logs_users UUID NOT NULL, hk_l_group_logs_groups UUID NOT NULL,
    hk_l_group_logs_users_from UUID, load_dt TIMESTAMP NOT NULL, load_src VARCHAR NOT NULL);

-- step: stage_dialogs
INSERT INTO stage.dialogs
SELECT
    *,
    hash_key(message_id::VARCHAR),
    hash_key(message_from::VARCHAR),  -- message_to needs no key here: no link reads it
    hash_key(message_group::VARCHAR),
    hash_key(concat(message_from, '|', message_id)),
    CASE WHEN message_group IS NOT NULL THEN hash_key(concat(message_id, '|', message_group)) END,
    -- concat_ws leaves out what is NULL.
    hash_key(concat_ws(
        '|', 'message=' || escaped(message), 'message_from=' || message_from,
        'message_to=' || message_to
    )),
    $load_dt::TIMESTAMP,
    'dialogs.csv'
FROM read_csv(
    $folder || '/dialogs.csv', header = true, auto_detect = false, delim = ',', quote = '"',
    escape = '"', new_line = '\n', nullstr = '', allow_quoted_nulls = false,
    columns = {
        'message_id': 'INTEGER', 'message_ts': 'TIMESTAMP', 'message_from': 'INTEGER',
        'message_to': 'INTEGER', 'message': 'VARCHAR', 'message_group': 'INTEGER'});

-- step: stage_group_log
INSERT INTO stage.group_log
SELECT
    * EXCLUDE id_text,
    unhex(id_text)::UUID,
    hash_key(id_text),
    hash_key(group_id::VARCHAR),
    hash_key(user_id::VARCHAR),
    hash_key(user_id_from::VARCHAR),
    hash_key(concat(id_text, '|', user_id)),
    hash_key(concat(id_text, '|', group_id)),
    CASE WHEN user_id_from IS NOT NULL THEN hash_key(concat(id_text, '|', user_id_from)) END,
    $load_dt::TIMESTAMP,
    'group_log.csv'
FROM (
    SELECT
        *,
        md5(concat_ws(
            '|', group_id, user_id, coalesce(escaped(event), '\N'), coalesce(datetime::VARCHAR, '\N')
        )) AS id_text
    FROM read_csv(
        $folder || '/group_log.csv', header = true, auto_detect = false, delim = ',', quote = '"',
        escape = '"', new_line = '\n', nullstr = '', allow_quoted_nulls = false,
        columns = {
            'group_id': 'INTEGER', 'user_id': 'INTEGER', 'user_id_from': 'INTEGER',
            'event': 'VARCHAR', 'datetime': 'TIMESTAMP'}));

-- step: stage_users
INSERT INTO stage.users
SELECT
    *,
    hash_key(id::VARCHAR),
    hash_key(concat_ws('|', 'age=' || age, 'country=' || escaped(country))),
    hash_key(coalesce('chat_name=' || escaped(chat_name), '')),
    $load_dt::TIMESTAMP,
    'users.csv'
FROM read_csv(
    $folder || '/users.csv', header = true, auto_detect = false, delim = ',', quote = '"',
    escape = '"', new_line = '\n', nullstr = '', allow_quoted_nulls = false,
    columns = {
        'id': 'INTEGER', 'chat_name': 'VARCHAR', 'registration_dt': 'TIMESTAMP',
        'country': 'VARCHAR', 'age': 'INTEGER'});

-- step: stage_groups
INSERT INTO stage.groups
SELECT
    *,
    hash_key(id::VARCHAR),
    hash_key(admin_id::VARCHAR),
    CASE WHEN admin_id IS NOT NULL THEN hash_key(concat(admin_id, '|', id)) END,
    hash_key(concat_ws('|', 'admin_from=' || registration_dt, 'is_admin=true')),
    hash_key(coalesce('group_name=' || escaped(group_name), '')),
    hash_key(coalesce('is_private=' || is_private, '')),
    $load_dt::TIMESTAMP,
    'groups.csv'
FROM read_csv(
    $folder || '/groups.csv', header = true, auto_detect = false, delim = ',', quote = '"',
    escape = '"', new_line = '\n', nullstr = '', allow_quoted_nulls = false,
    columns = {
        'id': 'INTEGER', 'admin_id': 'INTEGER', 'group_name': 'VARCHAR',
        'registration_dt': 'TIMESTAMP', 'is_private': 'BOOLEAN'});

-- Exact repeats within a file go once and for all, so that no load below needs a DISTINCT:
-- one count per file instead of one DISTINCT for each of the tables it feeds (a tenth of the
-- whole). Two different rows of one key in one file are not expected, and not looked for.

-- step: once_dialogs after: stage_dialogs
DELETE FROM stage.dialogs AS d
USING (
    SELECT message_id, min(rowid) AS first_row
    FROM stage.dialogs GROUP BY message_id HAVING count(*) > 1
) AS repeated
WHERE d.message_id = repeated.message_id AND d.rowid > repeated.first_row;

-- step: once_group_log after: stage_group_log
DELETE FROM stage.group_log AS l
USING (
    SELECT id, min(rowid) AS first_row FROM stage.group_log GROUP BY id HAVING count(*) > 1
) AS repeated
WHERE l.id = repeated.id AND l.rowid > repeated.first_row;

-- step: once_users after: stage_users
DELETE FROM stage.users AS u
USING (
    SELECT id, min(rowid) AS first_row FROM stage.users GROUP BY id HAVING count(*) > 1
) AS repeated
WHERE u.id = repeated.id AND u.rowid > repeated.first_row;

-- step: once_groups after: stage_groups
DELETE FROM stage.groups AS g
USING (
    SELECT id, min(rowid) AS first_row FROM stage.groups GROUP BY id HAVING count(*) > 1
) AS repeated
WHERE g.id = repeated.id AND g.rowid > repeated.first_row;

-- Hubs. An anti-join reads only those keys of the target that the batch has as well. Where
-- several files feed a hub, integers are compared: a quarter of the bytes of a hash key.

-- step: h_dialogs after: once_dialogs
INSERT INTO vault.h_dialogs
SELECT hk_message_id, message_id, message_ts, load_dt, load_src
FROM stage.dialogs
WHERE hk_message_id NOT IN (
    SELECT d.hk_message_id FROM vault.h_dialogs AS d
    WHERE d.hk_message_id IN (SELECT hk_message_id FROM stage.dialogs));

-- step: h_group_logs after: once_group_log
INSERT INTO vault.h_group_logs
SELECT hk_group_log_id, id, datetime, load_dt, load_src
FROM stage.group_log
WHERE hk_group_log_id NOT IN (
    SELECT d.hk_group_log_id FROM vault.h_group_logs AS d
    WHERE d.hk_group_log_id IN (SELECT hk_group_log_id FROM stage.group_log));

-- step: h_users after: once_users, once_groups, once_dialogs, once_group_log
INSERT INTO vault.h_users
WITH mentioned AS (
    -- Those who are in users.csv, nearly all, fall out before anything is grouped or hashed.
    SELECT user_id, min(place) AS place
    FROM (
        SELECT admin_id AS user_id, 1 AS place FROM stage.groups WHERE admin_id IS NOT NULL
        UNION ALL SELECT message_from, 2 FROM stage.dialogs
        UNION ALL SELECT message_to, 2 FROM stage.dialogs WHERE message_to IS NOT NULL
        UNION ALL SELECT user_id, 3 FROM stage.group_log
        UNION ALL SELECT user_id_from, 3 FROM stage.group_log WHERE user_id_from IS NOT NULL
    )
    WHERE user_id NOT IN (SELECT id FROM stage.users)
    GROUP BY user_id
),

fed AS (
    SELECT hk_user_id, id AS user_id, registration_dt, load_dt, load_src FROM stage.users
    UNION ALL
    SELECT
        hash_key(user_id::VARCHAR), user_id, NULL, $load_dt::TIMESTAMP,
        ['groups.csv', 'dialogs.csv', 'group_log.csv'][place]
    FROM mentioned
)

FROM fed
WHERE user_id NOT IN (
    SELECT d.user_id FROM vault.h_users AS d WHERE d.user_id IN (SELECT user_id FROM fed));

-- step: h_groups after: once_groups, once_dialogs, once_group_log
INSERT INTO vault.h_groups
WITH mentioned AS (
    SELECT group_id, min(place) AS place
    FROM (
        SELECT message_group AS group_id, 1 AS place
        FROM stage.dialogs WHERE message_group IS NOT NULL
        UNION ALL SELECT group_id, 2 FROM stage.group_log
    )
    WHERE group_id NOT IN (SELECT id FROM stage.groups)
    GROUP BY group_id
),

fed AS (
    SELECT hk_group_id, id AS group_id, registration_dt, load_dt, load_src FROM stage.groups
    UNION ALL
    SELECT
        hash_key(group_id::VARCHAR), group_id, NULL, $load_dt::TIMESTAMP,
        ['dialogs.csv', 'group_log.csv'][place]
    FROM mentioned
)

FROM fed
WHERE group_id NOT IN (
    SELECT d.group_id FROM vault.h_groups AS d WHERE d.group_id IN (SELECT group_id FROM fed));

-- Links

-- step: l_user_message after: once_dialogs
INSERT INTO vault.l_user_message
SELECT hk_l_user_message, hk_user_id, hk_message_id, load_dt, load_src
FROM stage.dialogs
WHERE hk_l_user_message NOT IN (
    SELECT d.hk_l_user_message FROM vault.l_user_message AS d
    WHERE d.hk_l_user_message IN (SELECT hk_l_user_message FROM stage.dialogs));

-- step: l_groups_dialogs after: once_dialogs
INSERT INTO vault.l_groups_dialogs
SELECT hk_l_groups_dialogs, hk_message_id, hk_group_id, load_dt, load_src
FROM stage.dialogs
WHERE hk_l_groups_dialogs IS NOT NULL
    AND hk_l_groups_dialogs NOT IN (
        SELECT d.hk_l_groups_dialogs FROM vault.l_groups_dialogs AS d
        WHERE d.hk_l_groups_dialogs IN (
            SELECT hk_l_groups_dialogs FROM stage.dialogs WHERE hk_l_groups_dialogs IS NOT NULL));

-- step: l_admins after: once_groups
INSERT INTO vault.l_admins
SELECT hk_l_admins, hk_user_id, hk_group_id, load_dt, load_src
FROM stage.groups
WHERE hk_l_admins IS NOT NULL
    AND hk_l_admins NOT IN (
        SELECT d.hk_l_admins FROM vault.l_admins AS d
        WHERE d.hk_l_admins IN (
            SELECT hk_l_admins FROM stage.groups WHERE hk_l_admins IS NOT NULL));

-- step: l_group_logs_users after: once_group_log
INSERT INTO vault.l_group_logs_users
SELECT hk_l_group_logs_users, hk_group_log_id, hk_user_id, load_dt, load_src
FROM stage.group_log
WHERE hk_l_group_logs_users NOT IN (
    SELECT d.hk_l_group_logs_users FROM vault.l_group_logs_users AS d
    WHERE d.hk_l_group_logs_users IN (SELECT hk_l_group_logs_users FROM stage.group_log));

-- step: l_group_logs_groups after: once_group_log
INSERT INTO vault.l_group_logs_groups
SELECT hk_l_group_logs_groups, hk_group_log_id, hk_group_id, load_dt, load_src
FROM stage.group_log
WHERE hk_l_group_logs_groups NOT IN (
    SELECT d.hk_l_group_logs_groups FROM vault.l_group_logs_groups AS d
    WHERE d.hk_l_group_logs_groups IN (SELECT hk_l_group_logs_groups FROM stage.group_log));

-- step: l_group_logs_users_from after: once_group_log
INSERT INTO vault.l_group_logs_users_from
SELECT hk_l_group_logs_users_from, hk_group_log_id, hk_user_id_inviter, load_dt, load_src
FROM stage.group_log
WHERE hk_l_group_logs_users_from IS NOT NULL
    AND hk_l_group_logs_users_from NOT IN (
        SELECT d.hk_l_group_logs_users_from FROM vault.l_group_logs_users_from AS d
        WHERE d.hk_l_group_logs_users_from IN (
            SELECT hk_l_group_logs_users_from FROM stage.group_log
            WHERE hk_l_group_logs_users_from IS NOT NULL));

-- Satellites: a row goes in unless the newest row stored for its key has the same hashdiff.

-- step: s_auth_history after: once_group_log
INSERT INTO vault.s_auth_history
SELECT hk_group_log_id, user_id_from, event, datetime, load_dt, load_src
FROM stage.group_log
WHERE hk_group_log_id NOT IN (
    SELECT d.hk_group_log_id FROM vault.s_auth_history AS d
    WHERE d.hk_group_log_id IN (SELECT hk_group_log_id FROM stage.group_log));

-- step: s_dialog_info after: once_dialogs
INSERT INTO vault.s_dialog_info
SELECT hk_message_id, message, message_from, message_to, hashdiff, load_dt, load_src
FROM stage.dialogs
WHERE (hk_message_id, hashdiff) NOT IN (
    SELECT (d.hk_message_id, arg_max(d.hashdiff, d.load_dt)) FROM vault.s_dialog_info AS d
    WHERE d.hk_message_id IN (SELECT hk_message_id FROM stage.dialogs)
    GROUP BY d.hk_message_id);

-- step: s_user_socdem after: once_users
INSERT INTO vault.s_user_socdem
SELECT hk_user_id, country, age, socdem_hashdiff, load_dt, load_src
FROM stage.users
WHERE (hk_user_id, socdem_hashdiff) NOT IN (
    SELECT (d.hk_user_id, arg_max(d.hashdiff, d.load_dt)) FROM vault.s_user_socdem AS d
    WHERE d.hk_user_id IN (SELECT hk_user_id FROM stage.users)
    GROUP BY d.hk_user_id);

-- step: s_user_chatinfo after: once_users
INSERT INTO vault.s_user_chatinfo
SELECT hk_user_id, chat_name, chatinfo_hashdiff, load_dt, load_src
FROM stage.users
WHERE (hk_user_id, chatinfo_hashdiff) NOT IN (
    SELECT (d.hk_user_id, arg_max(d.hashdiff, d.load_dt)) FROM vault.s_user_chatinfo AS d
    WHERE d.hk_user_id IN (SELECT hk_user_id FROM stage.users)
    GROUP BY d.hk_user_id);

-- step: s_admins after: once_groups
INSERT INTO vault.s_admins
SELECT hk_l_admins, true, registration_dt, admins_hashdiff, load_dt, load_src
FROM stage.groups
WHERE hk_l_admins IS NOT NULL
    AND (hk_l_admins, admins_hashdiff) NOT IN (
        SELECT (d.hk_l_admins, arg_max(d.hashdiff, d.load_dt)) FROM vault.s_admins AS d
        WHERE d.hk_l_admins IN (SELECT hk_l_admins FROM stage.groups)
        GROUP BY d.hk_l_admins);

-- step: s_group_name after: once_groups
INSERT INTO vault.s_group_name
SELECT hk_group_id, group_name, name_hashdiff, load_dt, load_src
FROM stage.groups
WHERE (hk_group_id, name_hashdiff) NOT IN (
    SELECT (d.hk_group_id, arg_max(d.hashdiff, d.load_dt)) FROM vault.s_group_name AS d
    WHERE d.hk_group_id IN (SELECT hk_group_id FROM stage.groups)
    GROUP BY d.hk_group_id);

-- step: s_group_private_status after: once_groups
INSERT INTO vault.s_group_private_status
SELECT hk_group_id, is_private, private_hashdiff, load_dt, load_src
FROM stage.groups
WHERE (hk_group_id, private_hashdiff) NOT IN (
    SELECT (d.hk_group_id, arg_max(d.hashdiff, d.load_dt)) FROM vault.s_group_private_status AS d
    WHERE d.hk_group_id IN (SELECT hk_group_id FROM stage.groups)
    GROUP BY d.hk_group_id);

-- step: mart after: h_groups, s_group_name, l_groups_dialogs, l_user_message, s_auth_history, l_group_logs_groups, l_group_logs_users
CREATE OR REPLACE TABLE mart.group_conversion AS
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
    SELECT s.hk_group_id, arg_max(s.group_name, s.load_dt) AS group_name
    FROM oldest INNER JOIN vault.s_group_name AS s USING (hk_group_id)
    GROUP BY s.hk_group_id
)

SELECT
    oldest.group_id,
    named.group_name,
    oldest.registration_dt,
    coalesce(counted.cnt_added_users, 0) AS cnt_added_users,
    coalesce(counted.cnt_users_in_group_with_messages, 0) AS cnt_users_in_group_with_messages,
    counted.cnt_users_in_group_with_messages / counted.cnt_added_users AS group_conversion
FROM oldest
LEFT JOIN named USING (hk_group_id)
LEFT JOIN counted USING (hk_group_id)
ORDER BY group_conversion DESC NULLS LAST, group_id;
