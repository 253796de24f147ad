package decode

import "encoding/binary"

// sFlow version 5 (sflow.org, "sFlow Version 5", section 5): a datagram contains samples, and a
// flow sample contains records. A record of format 1 is the start of a packet that a switch
// sampled. Everything is in 32-bit words.
const (
	sflowVersion   = 5
	sflowMinLen    = 8 // version and the agent's address type
	sflowSampleLen = 8
	sflowRecordLen = 8
	sflowRawLen    = 24 // format, length, protocol, frame length, stripped, header length

	sflowFlow    = 1 // format of a flow sample and of a raw packet header
	sflowFlowExt = 3 // format of an expanded flow sample
	sflowRef     = "sFlow 5"
)

var sflowProto = Protocol{
	Key: "sflow", Name: "sFlow version 5", Ref: sflowRef, walk: walkSFlow,
	Fields: []Spec{
		{Key: "sflow_245.version", Name: "Version", Bits: 0<<8 | 32, Ref: sflowRef, Doc: "5."},
		{Key: "sflow_245.address_type", Name: "Agent Address Type", Bits: 32<<8 | 32, Ref: sflowRef,
			Doc: "1 is IPv4, 2 is IPv6."},
	},
	more: sflowRest,
}

var (
	sflowAgent4 = Spec{Key: "sflow_245.agent", Name: "Agent Address", Bits: 0<<8 | 32,
		Show: ShowAddr, Ref: sflowRef, Doc: "The switch that sampled the packets."}
	sflowAgent6 = Spec{Key: "sflow_245.agent.v6", Name: "Agent Address", Bits: 0<<8 | 128,
		Show: ShowAddr, Ref: sflowRef, Doc: "The switch that sampled the packets."}
	sflowCounter = []Spec{
		{Key: "sflow_245.sub_agent_id", Name: "Sub-Agent ID", Bits: 0<<8 | 32, Ref: sflowRef,
			Doc: "A part of that switch."},
		{Key: "sflow_245.sequence_number", Name: "Sequence Number", Bits: 32<<8 | 32, Ref: sflowRef,
			Doc: "Counts the datagrams."},
		{Key: "sflow_245.sysuptime", Name: "Uptime", Bits: 64<<8 | 32, Ref: sflowRef,
			Doc: "How long the switch has been up, in milliseconds."},
		{Key: "sflow_245.numsamples", Name: "Number of Samples", Bits: 96<<8 | 32, Ref: sflowRef,
			Doc: "How many samples follow."},
	}
)

// sflowHeaderLen returns the length of the datagram's own header for its address type, 0 if the
// type is unknown.
func sflowHeaderLen(h []byte) int {
	switch binary.BigEndian.Uint32(h[4:]) {
	case 1:
		return sflowMinLen + 4 + 16
	case 2:
		return sflowMinLen + 16 + 16
	}
	return 0
}

func sflowRest(f *fieldList) {
	agent := &sflowAgent4
	if f.end-f.at > sflowMinLen+4+16 {
		agent = &sflowAgent6
	}
	f.spec(agent, sflowMinLen)
	f.group(sflowCounter, sflowMinLen+agent.Width()/8)
}

func isSFlow(h []byte, _ int) bool {
	return len(h) >= sflowMinLen && binary.BigEndian.Uint32(h) == sflowVersion &&
		sflowHeaderLen(h) > 0
}

func walkSFlow(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < sflowMinLen {
		return w.truncated(s, sflowMinLen)
	}
	n := sflowHeaderLen(h)
	if w.header(s, n) == nil || s.at+n >= s.end {
		return step{}
	}
	return step{IDSFlowSample, s.at + n, s.end}
}

var sflowSampleProto = Protocol{
	Key: "sflow.sample", Name: "sFlow sample", Ref: sflowRef, walk: walkSFlowSample,
	Fields: []Spec{
		{Key: "sflow_245.sampletype", Name: "Sample Type", Bits: 0<<8 | 32, Ref: sflowRef,
			Doc: "Enterprise in the upper 20 bits, format below: 1 and 3 are flow samples."},
		{Key: "sflow_5.sample_length", Name: "Sample Length", Bits: 32<<8 | 32, Ref: sflowRef,
			Doc: "Bytes of the sample that follow."},
	},
	more: func(f *fieldList) { f.rest(&sflowSampleData, sflowSampleLen) },
}

var sflowSampleData = Spec{Key: "sflow_245.flowsample", Name: "Sample Header", Show: ShowBytes,
	Ref: sflowRef,
	Doc: "Sequence number, source, rate, pool, drops, interfaces and how many records follow."}

// sflowFixed returns the length of a sample before its records, 0 if it has no records of packets.
func sflowFixed(format uint32) int {
	switch format {
	case sflowFlow:
		return 32
	case sflowFlowExt:
		return 44
	}
	return 0
}

// walkSFlowSample continues inside the records of a flow sample and defers the next sample.
func walkSFlowSample(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < sflowSampleLen {
		return w.truncated(s, sflowSampleLen)
	}
	size := int(binary.BigEndian.Uint32(h[4:]))
	if size > s.end-s.at-sflowSampleLen {
		return w.malformedWith(s, sflowSampleLen, ErrLength)
	}
	end := s.at + sflowSampleLen + size
	fixed := min(sflowFixed(binary.BigEndian.Uint32(h)), size)
	if len(h) < sflowSampleLen+fixed {
		return w.truncated(s, sflowSampleLen+fixed)
	}
	w.add(s, sflowSampleLen+fixed, end)
	if end < s.end {
		w.pushBranch(step{IDSFlowSample, end, s.end})
	}
	if fixed == 0 || fixed == size {
		return step{}
	}
	return step{IDSFlowRecord, s.at + sflowSampleLen + fixed, end}
}

var sflowRecordProto = Protocol{
	Key: "sflow.record", Name: "sFlow flow record", Ref: sflowRef, walk: walkSFlowRecord,
	Fields: []Spec{
		{Key: "sflow_245.flow_record_format", Name: "Record Format", Bits: 0<<8 | 32, Ref: sflowRef,
			Doc: "Enterprise in the upper 20 bits, format below: 1 is a raw packet header."},
		{Key: "sflow_5.flow_data_length", Name: "Record Length", Bits: 32<<8 | 32, Ref: sflowRef,
			Doc: "Bytes of the record that follow."},
	},
	more: func(f *fieldList) { f.group(sflowRaw, 0) },
}

var sflowRaw = []Spec{
	{Key: "sflow_245.header_protocol", Name: "Header Protocol", Bits: 64<<8 | 32, Ref: sflowRef,
		Doc: "The packet's first header: 1 is Ethernet, 11 IPv4, 12 IPv6."},
	{Key: "sflow_245.header.frame_length", Name: "Frame Length", Bits: 96<<8 | 32, Ref: sflowRef,
		Doc: "The packet's whole length in bytes."},
	{Key: "sflow_245.header.payload_stripped", Name: "Stripped", Bits: 128<<8 | 32, Ref: sflowRef,
		Doc: "Bytes that the switch removed from its end."},
	{Key: "sflow_245.header.length", Name: "Header Length", Bits: 160<<8 | 32, Ref: sflowRef,
		Doc: "Bytes of the packet that follow."},
}

func sflowInner(n uint32) ProtocolID {
	switch n {
	case 1:
		return IDEthernet
	case 3:
		return IDTokenRing
	case 4:
		return IDFDDI
	case 5:
		return IDFrameRelay
	case 7:
		return IDPPP
	case 11:
		return IDIPv4
	case 12:
		return IDIPv6
	case 13:
		return IDMPLS
	}
	return IDNone
}

// walkSFlowRecord continues inside the packet of a record and defers the next record.
func walkSFlowRecord(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < sflowRecordLen {
		return w.truncated(s, sflowRecordLen)
	}
	size := int(binary.BigEndian.Uint32(h[4:]))
	if size > s.end-s.at-sflowRecordLen {
		return w.malformedWith(s, sflowRecordLen, ErrLength)
	}
	n, next, end := sflowRecordLen, IDNone, s.at+sflowRecordLen+size
	if binary.BigEndian.Uint32(h) == sflowFlow && len(h) >= sflowRawLen &&
		size >= sflowRawLen-sflowRecordLen {
		n, next = sflowRawLen, sflowInner(binary.BigEndian.Uint32(h[8:]))
	}
	w.add(s, n, end)
	if end < s.end {
		w.pushBranch(step{IDSFlowRecord, end, s.end})
	}
	if next == IDNone {
		return step{}
	}
	return step{next, s.at + n, min(end, s.at+n+int(binary.BigEndian.Uint32(h[20:])))}
}
