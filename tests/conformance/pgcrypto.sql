-- SHA-1 is of the extension pgcrypto, which the server of the tests comes without.
CREATE FUNCTION digest(input text, algorithm text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  message bytea := convert_to(input, 'UTF8');
  bits bigint := 8 * length(message);
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
  m constant bigint := 4294967295;
BEGIN
  IF algorithm <> 'sha1' THEN RAISE EXCEPTION 'only SHA-1'; END IF;
  message := message || '\x80'::bytea;
  WHILE length(message) % 64 <> 56 LOOP message := message || '\x00'::bytea; END LOOP;
  message := message || int8send(bits);
  FOR block IN 0 .. length(message) / 64 - 1 LOOP
    FOR i IN 0 .. 15 LOOP
      w[i] := 0;
      FOR j IN 0 .. 3 LOOP w[i] := (w[i] << 8) | get_byte(message, 64 * block + 4 * i + j); END LOOP;
    END LOOP;
    FOR i IN 16 .. 79 LOOP
      t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
      w[i] := ((t << 1) | (t >> 31)) & m;
    END LOOP;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    FOR i IN 0 .. 79 LOOP
      IF i < 20 THEN f := (b & c) | ((m # b) & d); k := 1518500249;
      ELSIF i < 40 THEN f := b # c # d; k := 1859775393;
      ELSIF i < 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE f := b # c # d; k := 3395469782;
      END IF;
      t := ((((a << 5) | (a >> 27)) & m) + f + e + k + w[i]) & m;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & m; b := a; a := t;
    END LOOP;
    h := ARRAY[(h[1] + a) & m, (h[2] + b) & m, (h[3] + c) & m, (h[4] + d) & m, (h[5] + e) & m];
  END LOOP;
  RETURN substring(int8send(h[1]) from 5) || substring(int8send(h[2]) from 5)
    || substring(int8send(h[3]) from 5) || substring(int8send(h[4]) from 5)
    || substring(int8send(h[5]) from 5);
END $$
