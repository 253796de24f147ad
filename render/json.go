package render

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/annotate"
)

// PacketSchema names the form of the JSON objects of AppendJSON.
const PacketSchema = "portsniff.packet/1"

// AppendJSON appends the frame as one JSON object and a newline. Times are UTC with nanoseconds.
func (f *Frame) AppendJSON(b []byte) []byte {
	p := f.Packet
	b = append(b, `{"schema":"`+PacketSchema+`","frame":`...)
	b = strconv.AppendInt(b, f.Number, 10)
	b = append(b, `,"time":`...)
	if f.HasTime {
		b = append(b, '"')
		b = f.Time.UTC().AppendFormat(b, "2006-01-02T15:04:05.000000000Z07:00")
		b = append(b, '"')
	} else {
		b = append(b, "null"...)
	}
	b = appendInt(b, "interface", f.Interface)
	b = appendWord(b, "link", p.Link.String())
	b = appendInt(b, "len", f.Len)
	b = appendInt(b, "caplen", f.CapLen)
	b = append(b, `,"layers":[`...)
	for i := range p.Layers {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, p.Layers[i].ID.String()...)
		b = append(b, '"')
	}
	b = append(b, `],"transport":[`...)
	for i := range f.Talks {
		if i > 0 {
			b = append(b, ',')
		}
		b = f.Talks[i].appendJSON(b)
	}
	b = append(b, ']')
	b = appendWord(b, "no_ports", p.NoPorts.String())
	b = append(b, `,"stop":`...)
	b = f.appendStop(b)
	if len(f.Comments) > 0 {
		c, err := json.Marshal(f.Comments)
		if err != nil { // a slice of strings always marshals
			panic(err)
		}
		b = append(b, `,"comments":`...)
		b = append(b, c...)
	}
	return append(b, '}', '\n')
}

func (k *Talk) appendJSON(b []byte) []byte {
	b = append(b, `{"proto":"`...)
	b = append(b, k.Proto.String()...)
	b = append(b, `","src":"`...)
	if k.SrcAddr.IsValid() {
		b = k.SrcAddr.AppendTo(b)
	}
	b = append(b, `","dst":"`...)
	if k.DstAddr.IsValid() {
		b = k.DstAddr.AppendTo(b)
	}
	b = append(b, '"')
	b = appendInt(b, "src_port", int(k.Src))
	b = appendInt(b, "dst_port", int(k.Dst))
	b = appendInt(b, "offset", k.At)
	b = append(b, `,"quoted":`...)
	b = strconv.AppendBool(b, k.Quoted)
	b = append(b, `,"inherited_from":`...)
	b = strconv.AppendInt(b, k.InheritedFrom, 10)
	b = appendWord(b, "src_range", annotate.RangeOf(k.Src).String())
	b = appendWord(b, "dst_range", annotate.RangeOf(k.Dst).String())
	b = appendWord(b, "src_service", k.SrcService)
	b = appendWord(b, "dst_service", k.DstService)
	b = appendWord(b, "client", k.Client.String())
	b = appendWord(b, "client_evidence", k.Evidence.String())
	if k.HasFlags {
		b = append(b, `,"tcp.flags":`...)
		b = strconv.AppendUint(b, uint64(k.Flags), 10)
	}
	return append(b, '}')
}

func (f *Frame) appendStop(b []byte) []byte {
	s := f.Packet.Stop
	if s.Err == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"layer":"`...)
	b = append(b, s.Layer.String()...)
	b = append(b, '"')
	b = appendInt(b, "at", s.At)
	b = appendInt(b, "need", s.Need)
	b = appendInt(b, "have", s.Have)
	b = appendWord(b, "claim", s.Claim.String())
	b = appendWord(b, "error", s.Err.Error())
	return append(b, '}')
}

func appendInt(b []byte, key string, v int) []byte {
	b = append(b, ',', '"')
	b = append(b, key...)
	b = append(b, '"', ':')
	return strconv.AppendInt(b, int64(v), 10)
}

// appendWord appends a key and a text of our own that needs no escaping.
func appendWord(b []byte, key, v string) []byte {
	b = append(b, ',', '"')
	b = append(b, key...)
	b = append(b, `":"`...)
	b = append(b, v...)
	return append(b, '"')
}

// CSVHeader is the first row of the packets' CSV.
func CSVHeader() []string {
	return []string{"frame", "time", "len", "caplen", "proto", "src", "src_port", "src_range", "src_service", "dst", "dst_port", "dst_range", "dst_service", "client", "client_evidence", "offset", "no_ports", "layers"}
}

// CSV is the frame as one row: the innermost ports of its own, or why there are none.
func (f *Frame) CSV() []string {
	p := f.Packet
	when := ""
	if f.HasTime {
		when = f.Time.UTC().Format(time.RFC3339Nano)
	}
	row := []string{strconv.FormatInt(f.Number, 10), when, strconv.Itoa(f.Len), strconv.Itoa(f.CapLen)}
	if k := f.Main(); k != nil {
		row = append(row, k.Proto.String(), addr(k.SrcAddr), strconv.Itoa(int(k.Src)), annotate.RangeOf(k.Src).String(), k.SrcService,
			addr(k.DstAddr), strconv.Itoa(int(k.Dst)), annotate.RangeOf(k.Dst).String(), k.DstService, k.Client.String(), k.Evidence.String(), strconv.Itoa(k.At))
	} else {
		src, dst := p.Addrs(p.LastNet())
		row = append(row, "", addr(src), "", "", "", addr(dst), "", "", "", "", "", "")
	}
	return append(row, p.NoPorts.String(), f.layers(">"))
}
