package render

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// TimeStyle says how a line tells the time, as tcpdump's repeated -t does.
type TimeStyle int

// The styles, by the number of -t flags.
const (
	TimeOfDay     TimeStyle = iota // hours, minutes, seconds, in UTC
	TimeNone                       // -t
	TimeUnix                       // -tt
	TimeDelta                      // -ttt: since the line before
	TimeDate                       // -tttt
	TimeSinceHead                  // -ttttt: since the first line
)

// Lines writes one line a packet.
type Lines struct {
	Style  TimeStyle
	Nano   bool // nanoseconds instead of microseconds
	Number bool // begin with the frame's number
	Link   bool // the link header too
	Width  int  // shorten so that it fits so many columns; 0 for any length
	Color  bool

	first, last time.Time
}

// The colours: ANSI's sixteen only, none of the bright ones that vanish on a light background.
const (
	colorOff  = "\x1b[0m"
	colorPort = "\x1b[1;32m"
	colorNone = "\x1b[33m"
)

// Append appends the frame's line and a newline.
func (l *Lines) Append(b []byte, f *Frame) []byte {
	start := len(b)
	if l.Number {
		n := len(b)
		b = strconv.AppendInt(b, f.Number, 10)
		b = padLeft(b, n, 5)
		b = append(b, ' ')
	}
	b = l.appendTime(b, f)
	if l.Link {
		b = f.appendLink(b)
	}
	if k := f.Main(); k != nil {
		b = l.appendTalk(b, f, k)
	} else {
		b = l.appendNone(b, f)
	}
	if l.Width > 0 {
		b = clip(b, start, l.Width)
	}
	return append(b, '\n')
}

func (l *Lines) appendTime(b []byte, f *Frame) []byte {
	layout, day := "15:04:05.000000", ""
	if l.Nano {
		layout = "15:04:05.000000000"
	} else if l.Width > 0 && l.Width < 100 {
		layout = "15:04:05.000"
	}
	if l.first.IsZero() {
		l.first, l.last = f.Time, f.Time
	}
	since := f.Time
	switch l.Style {
	case TimeNone:
		return b
	case TimeUnix:
		b = strconv.AppendInt(b, f.Time.Unix(), 10)
		return append(f.Time.AppendFormat(b, layout[8:]), ' ')
	case TimeDelta:
		since, l.last = l.last, f.Time
	case TimeSinceHead:
		since = l.first
	case TimeDate:
		day = "2006-01-02 "
	}
	if !f.HasTime {
		return append(b, "-- "...)
	}
	if l.Style == TimeDelta || l.Style == TimeSinceHead {
		d := f.Time.Sub(since)
		if d < 0 {
			b, d = append(b, '-'), -d
		}
		b = time.Unix(0, 0).UTC().Add(d).AppendFormat(b, layout)
		return append(b, ' ')
	}
	return append(f.Time.UTC().AppendFormat(b, day+layout), ' ')
}

// appendTalk: 192.0.2.10:51514 dyn > 198.51.100.7:443/https sys TCP S 74
func (l *Lines) appendTalk(b []byte, f *Frame, k *Talk) []byte {
	b = l.appendEnd(b, k.SrcAddr, k.Src, k.SrcService)
	b = append(b, " > "...)
	b = l.appendEnd(b, k.DstAddr, k.Dst, k.DstService)
	b = append(b, ' ')
	b = append(b, upper(k.Proto)...)
	if k.HasFlags {
		b = append(b, ' ')
		b = AppendFlags(b, k.Flags)
	} else if k.Proto == decode.ProtoSCTP {
		b = f.appendChunk(b, k)
	}
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(f.Len), 10)
	if s := f.Packet.Stop; s.Err != nil {
		b = append(b, " [cut]"...)
	}
	return l.appendOuter(b, f, k)
}

// appendOuter names the ports of the headers around the one the line is about: the outer port is why the inner one was found.
func (l *Lines) appendOuter(b []byte, f *Frame, main *Talk) []byte {
	outer := 0
	for i := range f.Talks {
		k := &f.Talks[i]
		if k == main || k.Quoted {
			continue
		}
		if outer++; outer == 1 {
			b = append(b, " in "...)
		} else {
			b = append(b, ", "...)
		}
		b = append(b, k.Proto.String()...)
		b = append(b, '/')
		b = strconv.AppendInt(b, int64(k.Dst), 10)
		if k.Layer+1 < len(f.Packet.Layers) {
			b = append(b, '=')
			b = append(b, f.Packet.Layers[k.Layer+1].ID.String()...)
		}
	}
	if outer == 0 && f.tunnelled() {
		b = append(b, " in "...)
		b = append(b, f.layers(">")...)
	}
	return b
}

// tunnelled reports whether one IP header is inside another that it is not a quotation of.
func (f *Frame) tunnelled() bool {
	n := f.Packet.NetLayer()
	return n >= 0 && n != f.Packet.LastNet()
}

func (l *Lines) appendEnd(b []byte, a netip.Addr, port uint16, service string) []byte {
	if a.IsValid() {
		if a.Is6() {
			b = append(b, '[')
			b = a.AppendTo(b)
			b = append(b, ']')
		} else {
			b = a.AppendTo(b)
		}
	}
	b = append(b, ':')
	if l.Color {
		b = append(b, colorPort...)
	}
	b = strconv.AppendUint(b, uint64(port), 10)
	if l.Color {
		b = append(b, colorOff...)
	}
	if service != "" {
		b = append(b, '/')
		b = append(b, service...)
	}
	b = append(b, ' ')
	return append(b, RangeTag(port)...)
}

// RangeTag is the range in three letters: sys, reg, dyn.
func RangeTag(port uint16) string { return annotate.RangeOf(port).String()[:3] }

func (l *Lines) appendNone(b []byte, f *Frame) []byte {
	p := f.Packet
	if src, dst := p.Addrs(p.LastNet()); src.IsValid() {
		b = src.AppendTo(b)
		b = append(b, " > "...)
		b = dst.AppendTo(b)
		b = append(b, ' ')
	}
	if l.Color {
		b = append(b, colorNone...)
	}
	b = append(b, "no ports: "...)
	b = append(b, f.Why()...)
	if l.Color {
		b = append(b, colorOff...)
	}
	for i := range f.Talks {
		k := &f.Talks[i]
		if k.InheritedFrom > 0 {
			b = append(b, "; they are in frame "...)
			b = strconv.AppendInt(b, k.InheritedFrom, 10)
			b = append(b, ": "...)
		} else {
			b = append(b, "; quotes "...)
			b = append(b, k.Proto.String()...)
			b = append(b, ' ')
		}
		b = strconv.AppendUint(b, uint64(k.Src), 10)
		b = append(b, '>')
		b = strconv.AppendUint(b, uint64(k.Dst), 10)
		if k.DstService != "" {
			b = append(b, '/')
			b = append(b, k.DstService...)
		}
	}
	b = append(b, ' ')
	return strconv.AppendInt(b, int64(f.Len), 10)
}

// Why says in a few words why the frame has no ports of its own.
func (f *Frame) Why() string {
	p := f.Packet
	switch p.NoPorts {
	case decode.UnsupportedLink:
		return "unsupported link type " + p.Link.String()
	case decode.LaterFragment:
		return "later fragment, offset " + strconv.Itoa(p.Frag.Offset)
	case decode.CutOff:
		return "cut off after " + strconv.Itoa(f.CapLen) + " of " + strconv.Itoa(f.Len) + " bytes"
	case decode.Encrypted:
		return f.last() + ", encrypted"
	case decode.Malformed:
		return "malformed: " + p.Stop.Error()
	case decode.NoTransport, decode.NotIP:
		return f.last()
	}
	return ""
}

// last names the header where the walk ended, or what that header says would follow.
func (f *Frame) last() string {
	p := f.Packet
	for i := len(p.Layers) - 1; i >= 0; i-- {
		l := p.Layers[i]
		if l.Quoted {
			continue
		}
		h := p.Data[min(l.At, len(p.Data)):]
		if (l.ID == decode.IDICMP || l.ID == decode.IDICMPv6) && len(h) >= 2 {
			name := "ICMP"
			if l.ID == decode.IDICMPv6 {
				name = "ICMPv6"
			}
			if m := decode.ICMPMessage(l.ID == decode.IDICMPv6, decode.ICMP(h).Type(), decode.ICMP(h).Code()); m != "" {
				name += " " + m
			}
			return name
		}
		if n := p.NextName(i); n != "" {
			return n
		}
		return l.Protocol().Name
	}
	return "nothing captured"
}

// layers names the frame's headers, outermost first.
func (f *Frame) layers(sep string) string {
	s := ""
	for i, l := range f.Packet.Layers {
		if i > 0 {
			s += sep
		}
		s += l.ID.String()
	}
	return s
}

func (f *Frame) appendChunk(b []byte, k *Talk) []byte {
	p := f.Packet
	for i := k.Layer + 1; i < len(p.Layers) && p.Layers[i].ID == decode.IDSCTPChunk; i++ {
		b = append(b, " ,"[min(i-k.Layer-1, 1)])
		t := p.Data[p.Layers[i].At]
		if n := decode.SCTPChunkName(t); n != "" {
			b = append(b, n...)
		} else {
			b = strconv.AppendUint(b, uint64(t), 10)
		}
	}
	return b
}

// appendLink: the hardware addresses and the type, as tcpdump's -e.
func (f *Frame) appendLink(b []byte) []byte {
	p := f.Packet
	if len(p.Layers) > 0 && p.Layers[0].ID == decode.IDEthernet && len(p.Data) >= decode.EthernetLen {
		e := decode.Ethernet(p.Data)
		b = AppendMAC(b, e.Src())
		b = append(b, " > "...)
		b = AppendMAC(b, e.Dst())
		b = append(b, ' ')
	}
	for _, l := range p.Layers {
		if l.Protocol().Key == "ip" || l.Protocol().Key == "ipv6" {
			break
		}
		b = append(b, l.ID.String()...)
		b = append(b, ' ')
	}
	return b
}

// AppendMAC appends a hardware address in the usual form.
func AppendMAC(b, mac []byte) []byte {
	for i, c := range mac {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return b
}

// AppendFlags appends TCP's control bits as tcpdump writes them: a letter each, a dot for ACK.
func AppendFlags(b []byte, flags uint8) []byte {
	n := len(b)
	for _, f := range [...]struct {
		bit    uint8
		letter byte
	}{{decode.FlagFIN, 'F'}, {decode.FlagSYN, 'S'}, {decode.FlagRST, 'R'}, {decode.FlagPSH, 'P'}, {decode.FlagURG, 'U'}, {decode.FlagECE, 'E'}, {decode.FlagCWR, 'W'}, {decode.FlagACK, '.'}} {
		if flags&f.bit != 0 {
			b = append(b, f.letter)
		}
	}
	if len(b) == n {
		b = append(b, "none"...)
	}
	return b
}

func upper(p decode.Proto) string {
	return [...]string{"", "TCP", "UDP", "UDP-Lite", "SCTP", "DCCP"}[p]
}

func addr(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// padLeft moves b[from:] to the right so that it is at least width long.
func padLeft(b []byte, from, width int) []byte {
	for n := len(b) - from; n < width; n++ {
		b = append(b, ' ')
		copy(b[from+1:], b[from:])
		b[from] = ' '
	}
	return b
}

// clip shortens the line that begins at start to width columns. It holds ASCII and colour sequences only.
func clip(b []byte, start, width int) []byte {
	col, color := 0, false
	for i := start; i < len(b); i++ {
		if b[i] == 0x1b {
			color = true
			for i < len(b) && b[i] != 'm' {
				i++
			}
			continue
		}
		if col++; col > width {
			b = append(b[:i-1], '~')
			if color {
				b = append(b, colorOff...)
			}
			return b
		}
	}
	return b
}
