package store

// Rows of the tables. The fields are in the order of the columns. Integers are signed and texts are
// plain, so that any Parquet reader supports them. A pointer is nil if the value is unknown.

// A flowRow is a flow, or a part of one. A part lasts from the flow's first packet, or from the end
// of the part before, until the part ended. Parts of one flow have the same proto, addresses and
// ports.
type flowRow struct {
	Input       string `parquet:"input,dict"`  // identity of the input
	Sensor      string `parquet:"sensor,dict"` // sensor that captured it
	Start       *int64 `parquet:"start,optional,timestamp(microsecond)"`
	End         *int64 `parquet:"end,optional,timestamp(microsecond)"`
	StartNS     *int64 `parquet:"start_ns,optional"` // since 1970
	EndNS       *int64 `parquet:"end_ns,optional"`
	FirstFrame  int64  `parquet:"first_frame"`       // number in the input; below 1 if before it
	FirstHeader int32  `parquet:"first_header,dict"` // index of the transport header, from 0
	Proto       string `parquet:"proto,dict"`

	// The ends, in the order of addresses. An address is "" if the packets have no IP header.
	AIP   string `parquet:"a_ip,dict"`
	BIP   string `parquet:"b_ip,dict"`
	APort int32  `parquet:"a_port"`
	BPort int32  `parquet:"b_port"`

	// The end (a, b or "") that sent the first SYN, INIT or Request; the first answer to it; and
	// the first packet. The last column is the client according to the port numbers alone.
	Asked         string `parquet:"asked,dict"`
	Answered      string `parquet:"answered,dict"`
	FirstSender   string `parquet:"first_sender,dict"`
	ClientByPorts string `parquet:"client_by_ports,dict"`

	// The handshake step of the first packet (ask, answer, refusal or ""), the TCP client's initial
	// sequence number (null if no SYN was captured), and whether a RST answered the SYN.
	Opening string `parquet:"opening,dict"`
	ISN     *int64 `parquet:"isn,optional"`
	Refused bool   `parquet:"refused"`

	// The ports that the flow counts for if a or b is the client. SQL uses them after joining the
	// parts of a flow. The other columns are portsniff's decision for this part alone.
	PortIfClientA  int32  `parquet:"port_if_client_a"`
	PortIfClientB  int32  `parquet:"port_if_client_b"`
	ClientEnd      string `parquet:"client_end,dict"`
	ServerPort     int32  `parquet:"server_port,dict"`
	ClientEvidence string `parquet:"client_evidence,dict"`
	Service        string `parquet:"service,dict"`

	APackets  int64 `parquet:"a_packets"` // sent by a
	ABytes    int64 `parquet:"a_bytes"`   // on the wire
	BPackets  int64 `parquet:"b_packets"`
	BBytes    int64 `parquet:"b_bytes"`
	ATCPFlags int32 `parquet:"a_tcp_flags,dict"` // all control bits that a sent, FIN lowest
	BTCPFlags int32 `parquet:"b_tcp_flags,dict"`

	// What the first payload looks like, "" if it is not recognized; null if none was captured.
	APayload *string `parquet:"a_payload,optional,dict"`
	BPayload *string `parquet:"b_payload,optional,dict"`

	// The evidence whether the port of a or b is open: a text for flow.Evidence, "" without a
	// request to the port. The frame number counts like first_frame and is null if there is no
	// evidence. Schema 1 lacks these columns.
	APortEvidence string `parquet:"a_port_evidence,dict"`
	BPortEvidence string `parquet:"b_port_evidence,dict"`
	APortFrame    *int64 `parquet:"a_port_frame,optional"`
	BPortFrame    *int64 `parquet:"b_port_frame,optional"`

	EndReason int32 `parquet:"end_reason,dict"` // information element 136 of IPFIX (RFC 5102)

	// The same in all parts of a flow. It is null without --community-id or IP addresses. Files of
	// earlier versions lack this column.
	CommunityID *string `parquet:"community_id,optional"`
}

// A portRow is the traffic of a port in a minute, counted for each packet alone. If no_ports is not
// "", the row counts packets without ports for that reason, all in packets_to.
type portRow struct {
	Minute      *int64 `parquet:"minute,optional,timestamp(microsecond)"`
	Sensor      string `parquet:"sensor,dict"`
	Input       string `parquet:"input,dict"`
	Proto       string `parquet:"proto,dict"`
	Port        int32  `parquet:"port"`
	NoPorts     string `parquet:"no_ports,dict"`
	PacketsTo   int64  `parquet:"packets_to"`
	PacketsFrom int64  `parquet:"packets_from"`
	BytesTo     int64  `parquet:"bytes_to"`
	BytesFrom   int64  `parquet:"bytes_from"`
	FirstNS     *int64 `parquet:"first_ns,optional"`
	LastNS      *int64 `parquet:"last_ns,optional"`
}

// A minuteRow is the number of packets in a minute: those with a header of proto, or all packets if
// proto is "". A packet in a tunnel has several ports but counts once here.
type minuteRow struct {
	Minute        *int64 `parquet:"minute,optional,timestamp(microsecond)"`
	Sensor        string `parquet:"sensor,dict"`
	Input         string `parquet:"input,dict"`
	Proto         string `parquet:"proto,dict"`
	Packets       int64  `parquet:"packets"`
	Bytes         int64  `parquet:"bytes"`
	NestedPackets int64  `parquet:"nested_packets"` // with several transport headers
	NestedBytes   int64  `parquet:"nested_bytes"`
	FirstNS       *int64 `parquet:"first_ns,optional"`
	LastNS        *int64 `parquet:"last_ns,optional"`
}

// An inputRow is one capture file, or one interval of a live capture. It is written last. Without
// it, the other rows of an input are incomplete.
type inputRow struct {
	Input        string `parquet:"input"` // 32 hex digits of sensor and content
	Sensor       string `parquet:"sensor"`
	Source       string `parquet:"source"` // file or interface
	FirstNS      *int64 `parquet:"first_ns,optional"`
	LastNS       *int64 `parquet:"last_ns,optional"`
	Frames       int64  `parquet:"frames"`  // packets that were read
	Packets      int64  `parquet:"packets"` // packets that passed the filters
	Bytes        int64  `parquet:"bytes"`   // bytes of these packets on the wire
	NoPorts      int64  `parquet:"no_ports"`
	Flows        int64  `parquet:"flows"`         // rows in flows
	EvictedFlows int64  `parquet:"evicted_flows"` // rows of flows that did not fit in memory
	Filter       string `parquet:"filter"`        // "" if all packets count

	// Live captures: packets received from the kernel, and packets that were dropped.
	Received *int64 `parquet:"received,optional"`
	Dropped  *int64 `parquet:"dropped,optional"`

	// Inputs and bytes that were removed before this input, because the store reached its maximum
	// size.
	LostInputs int64 `parquet:"lost_inputs"`
	LostBytes  int64 `parquet:"lost_bytes"`

	Version  string `parquet:"version"`  // of portsniff
	Registry string `parquet:"registry"` // date of the service names
	Complete bool   `parquet:"complete"` // false: the input could not be read to its end

	Schema int32 `parquet:"schema"` // version of all columns; version 1 lacks this column
}
