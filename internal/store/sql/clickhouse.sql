-- Tables and views of a portsniff store for ClickHouse. Read them, change what you like, and run:
-- portsniff schema clickhouse | clickhouse-client --multiquery
--
-- Fill the tables from a store: portsniff ship DIR --to http://HOST:8123
{{- $on := ""}}{{$local := ""}}
{{- if .Cluster}}{{$on = print " ON CLUSTER " .Cluster}}{{$local = "_local"}}{{end}}

CREATE DATABASE IF NOT EXISTS {{.Database}}{{$on}};

-- Parts of flows. A file that is inserted twice is dropped the second time, for as long as the
-- window remembers it. Rows expire in 2106 at the latest, the last year of a TTL: a later time would
-- count as one in the past.
CREATE TABLE IF NOT EXISTS {{.Database}}.flows{{$local}}{{$on}} (
  input LowCardinality(String),
  sensor LowCardinality(String),
  start DateTime64(6, 'UTC'),
  end DateTime64(6, 'UTC'),
  start_ns Nullable(Int64),
  end_ns Nullable(Int64),
  first_frame Int64,
  first_header Int32,
  proto LowCardinality(String),
  a_ip String,
  b_ip String,
  a_port Int32,
  b_port Int32,
  asked LowCardinality(String),
  answered LowCardinality(String),
  first_sender LowCardinality(String),
  client_by_ports LowCardinality(String),
  opening LowCardinality(String),
  isn Nullable(Int64),
  refused Bool,
  port_if_client_a Int32,
  port_if_client_b Int32,
  client_end LowCardinality(String),
  server_port Int32,
  client_evidence LowCardinality(String),
  service LowCardinality(String),
  a_packets Int64,
  a_bytes Int64,
  b_packets Int64,
  b_bytes Int64,
  a_tcp_flags Int32,
  b_tcp_flags Int32,
  a_payload LowCardinality(Nullable(String)),
  b_payload LowCardinality(Nullable(String)),
  a_port_evidence LowCardinality(Nullable(String)),
  b_port_evidence LowCardinality(Nullable(String)),
  a_port_frame Nullable(Int64),
  b_port_frame Nullable(Int64),
  end_reason Int32,
  community_id Nullable(String)
) ENGINE = MergeTree
PARTITION BY toDate(start)
ORDER BY (proto, server_port, start)
TTL toDateTime(least(start + INTERVAL {{.FlowTTL}}, toDateTime64('2106-01-01 00:00:00', 6, 'UTC')))
SETTINGS non_replicated_deduplication_window = 100000;

-- Packets by port and minute, added up over inputs. Rows with no_ports are packets without ports.
CREATE TABLE IF NOT EXISTS {{.Database}}.ports{{$local}}{{$on}} (
  minute DateTime64(6, 'UTC'),
  sensor LowCardinality(String),
  proto LowCardinality(String),
  port Int32,
  no_ports LowCardinality(String),
  packets_to SimpleAggregateFunction(sum, Int64),
  packets_from SimpleAggregateFunction(sum, Int64),
  bytes_to SimpleAggregateFunction(sum, Int64),
  bytes_from SimpleAggregateFunction(sum, Int64),
  first_ns SimpleAggregateFunction(min, Nullable(Int64)),
  last_ns SimpleAggregateFunction(max, Nullable(Int64))
) ENGINE = AggregatingMergeTree
ORDER BY (proto, port, no_ports, sensor, minute)
TTL toDateTime(least(minute + INTERVAL {{.PortTTL}}, toDateTime64('2106-01-01 00:00:00', 6, 'UTC')))
SETTINGS non_replicated_deduplication_window = 100000;

-- All packets by minute: proto '' is all of them, a protocol's name those with a header of it.
CREATE TABLE IF NOT EXISTS {{.Database}}.minutes{{$local}}{{$on}} (
  minute DateTime64(6, 'UTC'),
  sensor LowCardinality(String),
  proto LowCardinality(String),
  packets SimpleAggregateFunction(sum, Int64),
  bytes SimpleAggregateFunction(sum, Int64),
  nested_packets SimpleAggregateFunction(sum, Int64),
  nested_bytes SimpleAggregateFunction(sum, Int64),
  first_ns SimpleAggregateFunction(min, Nullable(Int64)),
  last_ns SimpleAggregateFunction(max, Nullable(Int64))
) ENGINE = AggregatingMergeTree
ORDER BY (proto, sensor, minute)
TTL toDateTime(least(minute + INTERVAL {{.PortTTL}}, toDateTime64('2106-01-01 00:00:00', 6, 'UTC')))
SETTINGS non_replicated_deduplication_window = 100000;

-- One row for each capture, or interval of a live capture.
CREATE TABLE IF NOT EXISTS {{.Database}}.inputs{{$local}}{{$on}} (
  input String,
  sensor LowCardinality(String),
  source String,
  first_ns Nullable(Int64),
  last_ns Nullable(Int64),
  frames Int64,
  packets Int64,
  bytes Int64,
  no_ports Int64,
  flows Int64,
  evicted_flows Int64,
  filter String,
  received Nullable(Int64),
  dropped Nullable(Int64),
  lost_inputs Int64,
  lost_bytes Int64,
  version LowCardinality(String),
  registry LowCardinality(String),
  complete Bool,
  schema Int32 DEFAULT 1
) ENGINE = ReplacingMergeTree
ORDER BY input
SETTINGS non_replicated_deduplication_window = 100000;
{{- if .Cluster}}

-- All shards. The parts of a flow are on one shard.
CREATE TABLE IF NOT EXISTS {{.Database}}.flows{{$on}} AS {{.Database}}.flows_local
ENGINE = Distributed({{.Cluster}}, {{.Database}}, flows_local, cityHash64(proto, a_ip, b_ip, a_port, b_port));
CREATE TABLE IF NOT EXISTS {{.Database}}.ports{{$on}} AS {{.Database}}.ports_local
ENGINE = Distributed({{.Cluster}}, {{.Database}}, ports_local, cityHash64(proto, port));
CREATE TABLE IF NOT EXISTS {{.Database}}.minutes{{$on}} AS {{.Database}}.minutes_local
ENGINE = Distributed({{.Cluster}}, {{.Database}}, minutes_local, cityHash64(proto));
CREATE TABLE IF NOT EXISTS {{.Database}}.inputs{{$on}} AS {{.Database}}.inputs_local
ENGINE = Distributed({{.Cluster}}, {{.Database}}, inputs_local, cityHash64(input));
{{- end}}

-- For tables that an earlier version made.
{{- range .Flows}}
ALTER TABLE {{$.Database}}.{{.}}{{$on}}
  ADD COLUMN IF NOT EXISTS a_port_evidence LowCardinality(Nullable(String)) AFTER b_payload,
  ADD COLUMN IF NOT EXISTS b_port_evidence LowCardinality(Nullable(String)) AFTER a_port_evidence,
  ADD COLUMN IF NOT EXISTS a_port_frame Nullable(Int64) AFTER b_port_evidence,
  ADD COLUMN IF NOT EXISTS b_port_frame Nullable(Int64) AFTER a_port_frame,
  ADD COLUMN IF NOT EXISTS community_id Nullable(String);
{{- end}}
{{- range .Inputs}}
ALTER TABLE {{$.Database}}.{{.}}{{$on}} ADD COLUMN IF NOT EXISTS schema Int32 DEFAULT 1;
{{- end}}

-- The table of "portsniff ports".
CREATE OR REPLACE VIEW {{.Database}}.port_totals{{$on}} AS
SELECT proto, port, sum(packets_to) AS packets_to, sum(packets_from) AS packets_from,
  sum(bytes_to) AS bytes_to, sum(bytes_from) AS bytes_from,
  min(first_ns) AS first_ns, max(last_ns) AS last_ns
FROM {{.Database}}.ports WHERE no_ports = '' GROUP BY proto, port;

-- Flows, put together from their parts. A TCP connection on the ports of an earlier one is another
-- flow: it begins with another sequence number after a FIN (1), a RST (4), silence, or SYNs alone.
CREATE OR REPLACE VIEW {{.Database}}.conversations{{$on}} AS
WITH ordered AS (
  SELECT *, row_number() OVER w AS nth,
    max(isn IS NOT NULL) OVER before AS has_isn,
    last_value(isn) OVER before AS isn_before,
    groupBitOr(bitOr(a_tcp_flags, b_tcp_flags)) OVER before AS flags_before,
    max(end_ns) OVER before AS end_before,
    sum(a_packets + b_packets) OVER before AS packets_before
  FROM {{.Database}}.flows
  WHERE a_packets + b_packets > 0 -- the others are quoted by ICMP errors only
  WINDOW w AS (PARTITION BY proto, a_ip, b_ip, a_port, b_port
      ORDER BY start_ns, input, first_frame, first_header),
    before AS (PARTITION BY proto, a_ip, b_ip, a_port, b_port
      ORDER BY start_ns, input, first_frame, first_header
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), numbered AS (
  SELECT *, sum(if(proto = 'tcp' AND opening IN ('ask', 'answer') AND packets_before > 0
      AND (NOT ifNull(has_isn, 0) OR isn != isn_before)
      AND (bitAnd(flags_before, 5) > 0 OR start_ns - end_before >= 60000000000
        OR flags_before = 2), 1, 0))
    OVER (PARTITION BY proto, a_ip, b_ip, a_port, b_port ORDER BY nth) AS connection
  FROM ordered
), merged AS (
  SELECT proto, a_ip, b_ip, a_port, b_port, connection, min(start) AS flow_start,
    max(end) AS flow_end, min(start_ns) AS flow_start_ns, max(end_ns) AS flow_end_ns,
    count() AS part_count,
    argMinIf(asked, nth, asked != '') AS first_asked,
    argMinIf(answered, nth, answered != '') AS first_answered,
    multiIf(first_asked != '', first_asked, first_answered = 'a', 'b', first_answered = 'b', 'a',
      any(client_by_ports) != '', any(client_by_ports), argMin(first_sender, nth)) AS client,
    any(port_if_client_a) AS port_a, any(port_if_client_b) AS port_b,
    sum(a_packets) AS sum_a_packets, sum(a_bytes) AS sum_a_bytes,
    sum(b_packets) AS sum_b_packets, sum(b_bytes) AS sum_b_bytes,
    groupBitOr(a_tcp_flags) AS all_a_flags, groupBitOr(b_tcp_flags) AS all_b_flags,
    argMinIf(a_payload, nth, a_payload IS NOT NULL) AS first_a_payload,
    argMinIf(b_payload, nth, b_payload IS NOT NULL) AS first_b_payload,
    any(community_id) AS flow_community_id
  FROM numbered GROUP BY proto, a_ip, b_ip, a_port, b_port, connection
)
SELECT proto,
  if(client = 'a', a_ip, b_ip) AS client_ip, if(client = 'a', a_port, b_port) AS client_port,
  if(client = 'a', b_ip, a_ip) AS server_ip, if(client = 'a', b_port, a_port) AS server_port,
  if(client = 'a', port_a, port_b) AS service_port,
  if(client = 'a', sum_a_packets, sum_b_packets) AS packets_sent,
  if(client = 'a', sum_a_bytes, sum_b_bytes) AS bytes_sent,
  if(client = 'a', sum_b_packets, sum_a_packets) AS packets_received,
  if(client = 'a', sum_b_bytes, sum_a_bytes) AS bytes_received,
  if(client = 'a', first_a_payload, first_b_payload) AS client_payload,
  if(client = 'a', first_b_payload, first_a_payload) AS server_payload,
  flow_start AS start, flow_end AS end, flow_start_ns AS start_ns, flow_end_ns AS end_ns,
  part_count AS parts, first_asked AS asked, first_answered AS answered,
  a_ip, b_ip, a_port, b_port, sum_a_packets AS a_packets, sum_a_bytes AS a_bytes,
  sum_b_packets AS b_packets, sum_b_bytes AS b_bytes, all_a_flags AS a_tcp_flags,
  all_b_flags AS b_tcp_flags, client AS client_end,
  flow_community_id AS community_id
FROM merged;

-- The table of "portsniff ports --wide".
CREATE OR REPLACE VIEW {{.Database}}.port_flows{{$on}} AS
SELECT proto, service_port AS port, count() AS flows,
  uniqExactIf(client_ip, client_ip != '') AS clients,
  uniqExactIf(server_ip, server_ip != '') AS servers,
  sum(packets_sent + packets_received) AS packets, sum(bytes_sent + bytes_received) AS bytes
FROM {{.Database}}.conversations GROUP BY proto, service_port;

-- Names of services, as portsniff had them when it stored the flows.
CREATE OR REPLACE VIEW {{.Database}}.services{{$on}} AS
SELECT proto, server_port AS port, any(service) AS service
FROM {{.Database}}.flows GROUP BY proto, server_port;
