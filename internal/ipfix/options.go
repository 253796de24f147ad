package ipfix

import "time"

// optionsSet is the number of a set of options templates (RFC 7011 section 3.4.2).
const optionsSet = 3

// reportTime is the interval of the options records. The first and the last message also contain
// them.
const reportTime = resendTime

// Values that never change.
const (
	exportingProcess = 1
	selector         = 1
	countBased       = 1 // selectorAlgorithm: systematic count-based sampling (RFC 5477)
)

// An option is a field of an options record: IANA's number, its length in bytes, and its value.
type option struct {
	id    uint16
	size  int
	value func(*Exporter) uint64
}

func always(v uint64) func(*Exporter) uint64 { return func(*Exporter) uint64 { return v } }

// An optionsTemplate describes a record about the exporter, not about a flow. Its first field is
// the scope. Its number follows those of the templates for flows.
type optionsTemplate struct {
	number uint16
	fields []option
}

// optionsTemplates are the templates that RFC 7011 section 4 recommends, without unknown values
// (bytes and times of lost packets). The last one is the selector of RFC 5477: every packet counts.
var optionsTemplates = []optionsTemplate{
	{260, []option{ // the metering process: statistics
		{149, 4, always(domain)}, // observationDomainId
		// exportedMessageTotalCount, of the messages before this one
		{41, 8, func(e *Exporter) uint64 { return e.Messages - e.Refused }},
		// exportedFlowRecordTotalCount
		{42, 8, (*Exporter).Sent},
		// exportedOctetTotalCount
		{40, 8, func(e *Exporter) uint64 { return e.made.length - e.unsent.length }},
	}},
	{261, []option{ // the metering process: losses
		{149, 4, always(domain)},
		{164, 8, (*Exporter).ignored}, // ignoredPacketTotalCount
	}},
	{262, []option{ // the exporting process: losses
		{144, 4, always(exportingProcess)}, // exportingProcessId
		// notSentFlowTotalCount, notSentPacketTotalCount, notSentOctetTotalCount
		{166, 8, func(e *Exporter) uint64 { return e.unsent.flows }},
		{167, 8, func(e *Exporter) uint64 { return e.unsent.packets }},
		{168, 8, func(e *Exporter) uint64 { return e.unsent.octets }},
	}},
	{263, []option{ // sampling
		{302, 8, always(selector)},   // selectorId
		{304, 2, always(countBased)}, // selectorAlgorithm
		{305, 4, always(1)},          // samplingPacketInterval: consecutive packets that count
		{306, 4, always(0)},          // samplingPacketSpace: skipped packets between these
	}},
}

// optionsSize is the length of all options records with the headers of their sets, in bytes.
var optionsSize = func() (n int) {
	for _, t := range optionsTemplates {
		n += setLen
		for _, f := range t.fields {
			n += f.size
		}
	}
	return n
}()

// ignored returns the number of packets that were lost before they were counted.
func (e *Exporter) ignored() uint64 {
	if e.Ignored == nil {
		return 0
	}
	return e.Ignored()
}

// describeOptions appends the set of options templates.
func describeOptions(out []byte) []byte {
	at := len(out)
	out = be.AppendUint16(be.AppendUint16(out, optionsSet), 0)
	for _, t := range optionsTemplates {
		const scopes = 1
		out = be.AppendUint16(be.AppendUint16(out, t.number), uint16(len(t.fields)))
		out = be.AppendUint16(out, scopes)
		for _, f := range t.fields {
			out = be.AppendUint16(be.AppendUint16(out, f.id), uint16(f.size))
		}
	}
	be.PutUint16(out[at+2:], uint16(len(out)-at))
	return out
}

// report appends the options records to the message, each in its own set.
func (e *Exporter) report(now time.Time) {
	e.endSet()
	e.reported = now
	for _, t := range optionsTemplates {
		at := len(e.message)
		e.message = be.AppendUint16(be.AppendUint16(e.message, t.number), 0)
		for _, f := range t.fields {
			v := be.AppendUint64(nil, f.value(e))
			e.message = append(e.message, v[len(v)-f.size:]...)
		}
		be.PutUint16(e.message[at+2:], uint16(len(e.message)-at))
		e.records++
	}
}

// lastReport adds the options records to the last message, or to a new one.
func (e *Exporter) lastReport() error {
	if e.Messages == 0 && len(e.message) == 0 {
		return nil // nothing was sent, so the collector needs no report
	}
	if len(e.message)+optionsSize > e.to.size {
		if err := e.Flush(); err != nil {
			return err
		}
	}
	if len(e.message) == 0 {
		e.begin()
	}
	e.report(e.now())
	return e.Flush()
}
