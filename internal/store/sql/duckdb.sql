-- Views of a portsniff store for DuckDB. Run: portsniff schema duckdb DIR | duckdb store.db
-- Each view reads the files again, so that new ones are there at once.

-- One row for each capture, or interval of a live capture.
CREATE OR REPLACE VIEW inputs AS
SELECT * FROM read_parquet('{{.Dir}}/inputs/*/*.parquet', union_by_name = true);

-- Parts of flows. Inputs without a row in inputs are not complete. Files of earlier versions have no
-- community_id.
CREATE OR REPLACE VIEW flow_parts AS
SELECT * FROM read_parquet('{{.Dir}}/flows/*/*.parquet', union_by_name = true)
WHERE input IN (SELECT input FROM inputs)
UNION ALL BY NAME SELECT NULL::VARCHAR AS community_id WHERE false;

-- Packets by port and minute; rows with no_ports are packets without ports.
CREATE OR REPLACE VIEW ports AS
SELECT * FROM read_parquet('{{.Dir}}/ports/*/*.parquet', union_by_name = true)
WHERE input IN (SELECT input FROM inputs);

-- All packets by minute: proto '' is all of them, a protocol's name those with a header of it.
CREATE OR REPLACE VIEW minutes AS
SELECT * FROM read_parquet('{{.Dir}}/minutes/*/*.parquet', union_by_name = true)
WHERE input IN (SELECT input FROM inputs);

-- The table of "portsniff ports".
CREATE OR REPLACE VIEW port_totals AS
SELECT proto, port,
  sum(packets_to)::BIGINT AS packets_to, sum(packets_from)::BIGINT AS packets_from,
  sum(bytes_to)::BIGINT AS bytes_to, sum(bytes_from)::BIGINT AS bytes_from,
  min(first_ns) AS first_ns, max(last_ns) AS last_ns
FROM ports WHERE no_ports = '' GROUP BY proto, port;

-- Flows, put together from their parts. A TCP connection on the ports of an earlier one is another
-- flow: it begins with another sequence number after a FIN (1), a RST (4), silence, or SYNs alone.
CREATE OR REPLACE VIEW flows AS
WITH ordered AS (
  SELECT *, row_number() OVER w AS nth,
    lag(isn IGNORE NULLS) OVER w AS isn_before,
    bit_or(a_tcp_flags | b_tcp_flags) OVER before AS flags_before,
    max(end_ns) OVER before AS end_before,
    sum(a_packets + b_packets) OVER before AS packets_before
  FROM flow_parts WHERE a_packets + b_packets > 0 -- the others are quoted by ICMP errors only
  WINDOW w AS (PARTITION BY proto, a_ip, b_ip, a_port, b_port
      ORDER BY start_ns, input, first_frame, first_header),
    before AS (PARTITION BY proto, a_ip, b_ip, a_port, b_port
      ORDER BY start_ns, input, first_frame, first_header
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), numbered AS (
  SELECT *, sum(coalesce(proto = 'tcp' AND opening IN ('ask', 'answer') AND packets_before > 0
      AND isn IS DISTINCT FROM isn_before
      AND (flags_before & 5 > 0 OR start_ns - end_before >= 60000000000 OR flags_before = 2), false)::INT)
    OVER (PARTITION BY proto, a_ip, b_ip, a_port, b_port ORDER BY nth) AS connection
  FROM ordered
), merged AS (
  SELECT proto, a_ip, b_ip, a_port, b_port, connection,
    min(start) AS start, max("end") AS "end", min(start_ns) AS start_ns, max(end_ns) AS end_ns,
    count(*) AS parts,
    first(asked ORDER BY nth) FILTER (asked <> '') AS asked,
    first(answered ORDER BY nth) FILTER (answered <> '') AS answered,
    first(first_sender ORDER BY nth) AS first_sender,
    any_value(client_by_ports) AS client_by_ports,
    any_value(port_if_client_a) AS port_if_client_a,
    any_value(port_if_client_b) AS port_if_client_b,
    sum(a_packets)::BIGINT AS a_packets, sum(a_bytes)::BIGINT AS a_bytes,
    sum(b_packets)::BIGINT AS b_packets, sum(b_bytes)::BIGINT AS b_bytes,
    bit_or(a_tcp_flags) AS a_tcp_flags, bit_or(b_tcp_flags) AS b_tcp_flags,
    first(a_payload ORDER BY nth) FILTER (a_payload IS NOT NULL) AS a_payload,
    first(b_payload ORDER BY nth) FILTER (b_payload IS NOT NULL) AS b_payload,
    any_value(community_id) AS community_id
  FROM numbered GROUP BY ALL
), roles AS (
  SELECT *, coalesce(asked, CASE answered WHEN 'a' THEN 'b' WHEN 'b' THEN 'a' END,
    nullif(client_by_ports, ''), first_sender) AS client_end
  FROM merged
)
SELECT proto,
  if(client_end = 'a', a_ip, b_ip) AS client_ip, if(client_end = 'a', a_port, b_port) AS client_port,
  if(client_end = 'a', b_ip, a_ip) AS server_ip, if(client_end = 'a', b_port, a_port) AS server_port,
  if(client_end = 'a', port_if_client_a, port_if_client_b) AS service_port,
  if(client_end = 'a', a_packets, b_packets) AS packets_sent,
  if(client_end = 'a', a_bytes, b_bytes) AS bytes_sent,
  if(client_end = 'a', b_packets, a_packets) AS packets_received,
  if(client_end = 'a', b_bytes, a_bytes) AS bytes_received,
  if(client_end = 'a', a_payload, b_payload) AS client_payload,
  if(client_end = 'a', b_payload, a_payload) AS server_payload,
  start, "end", start_ns, end_ns, parts, asked, answered, a_ip, b_ip, a_port, b_port,
  a_packets, a_bytes, b_packets, b_bytes, a_tcp_flags, b_tcp_flags, client_end, community_id
FROM roles;

-- The same under the name that it has in ClickHouse, where flows are the parts.
CREATE OR REPLACE VIEW conversations AS SELECT * FROM flows;

-- The table of "portsniff ports --wide".
CREATE OR REPLACE VIEW port_flows AS
SELECT proto, service_port AS port, count(*) AS flows,
  count(DISTINCT client_ip) FILTER (client_ip <> '') AS clients,
  count(DISTINCT server_ip) FILTER (server_ip <> '') AS servers,
  sum(packets_sent + packets_received)::BIGINT AS packets,
  sum(bytes_sent + bytes_received)::BIGINT AS bytes
FROM flows GROUP BY ALL;

-- Names of services, as portsniff had them when it stored the flows.
CREATE OR REPLACE VIEW services AS
SELECT proto, server_port AS port, any_value(service) AS service
FROM flow_parts GROUP BY ALL;
