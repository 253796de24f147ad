package render

import (
	"io"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/communityid"
	"github.com/portsniff/portsniff/internal/textutil"
)

// packetColumns returns the names of a packet's CSV columns, which are JSON's keys. Each transport
// header has a row.
func packetColumns() []string {
	return []string{"frame", "time", "interface", "link", "len", "caplen", "layers", "proto", "src",
		"src_port", "src_range", "src_service",
		"dst", "dst_port", "dst_range", "dst_service", "client", "client_evidence", "offset",
		"quoted", "inherited_from", "checksum", "via", "no_ports", "what", "stop", "interface_name",
		"ttl", "ip_id",
		"tcp_flags", "tcp_seq", "tcp_ack", "tcp_window", "tcp_options"}
}

// communityColumn is the name of the column that --community-id adds, and of the key in JSON.
const communityColumn = "community_id"

// transportColumns is the number of columns about a transport header.
const transportColumns = 16

// A CSVWriter writes packets as CSV (RFC 4180) after a header line. It writes one row for each
// transport header, and one for a packet without any. A cell that a spreadsheet could take for a
// formula begins with an apostrophe.
type CSVWriter struct {
	w          io.Writer
	ids        bool // the last column is the Community ID
	out        []byte
	head, tail []byte // columns before and after those of the transport header
	word       []byte
	second     timeCache
}

// NewCSVWriter writes the header line to w.
func NewCSVWriter(w io.Writer) (*CSVWriter, error) {
	return newCSVWriter(w, packetColumns(), false)
}

// NewCSVWriterWithIDs is like NewCSVWriter with one more column: the Community ID of the row's
// transport header, or of the packet if it has none.
func NewCSVWriterWithIDs(w io.Writer) (*CSVWriter, error) {
	return newCSVWriter(w, append(packetColumns(), communityColumn), true)
}

func newCSVWriter(w io.Writer, columns []string, ids bool) (*CSVWriter, error) {
	_, err := io.WriteString(w, strings.Join(columns, ",")+"\n")
	return &CSVWriter{w: w, ids: ids, second: newTimeCache()}, err
}

// Packet writes all rows of one packet at once. For most packets it allocates nothing.
func (c *CSVWriter) Packet(f *analysis.Frame) error {
	c.before(f)
	c.afterTransport(f)
	c.out = c.out[:0]
	if len(f.Transport) == 0 {
		c.out = append(c.out, c.head...)
		for range transportColumns {
			c.out = append(c.out, ',')
		}
		c.out = append(c.out, c.tail...)
		c.out = appendIP(c.out, f.Packet, f.Packet.NetLayer())
		c.out = append(c.out, ",,,,\n"...)
		if c.ids {
			c.out = append(c.out[:len(c.out)-1], ',')
			c.out = append(communityid.AppendPacket(c.out, f.Packet), '\n')
		}
	}
	for i := range f.Transport {
		t := &f.Transport[i]
		c.out = append(c.out, c.head...)
		c.out = appendTransport(c.out, f, t)
		c.out = append(c.out, c.tail...)
		c.out = appendIP(c.out, f.Packet, t.Net)
		c.out = c.appendTCP(c.out, f.Packet, t.TransportHeader)
		if c.ids {
			c.out = append(c.out[:len(c.out)-1], ',')
			c.out = append(communityid.AppendHeader(c.out, f.Packet, t.TransportHeader), '\n')
		}
	}
	_, err := c.w.Write(c.out)
	return err
}

// before writes the columns before those of the transport header.
func (c *CSVWriter) before(f *analysis.Frame) {
	p := f.Packet
	out := appendNumber(c.head[:0], f.Number)
	if f.HasTime && inRange(f.Time) {
		out = c.second.appendNano(out, f.Time)
	}
	out = appendNumber(append(out, ','), int64(f.Interface))
	out = appendCell(out, p.Link.String())
	out = appendNumber(appendNumber(out, int64(f.Len)), int64(len(p.Data)))
	c.word = c.word[:0]
	for i := range p.Layers {
		if i > 0 {
			c.word = append(c.word, ':')
		}
		c.word = append(c.word, p.Layers[i].ID.String()...)
	}
	c.head = appendCell(out, c.word)
}

// Writes the columns after those of the transport header.
func (c *CSVWriter) afterTransport(f *analysis.Frame) {
	p, stop := f.Packet, ""
	if p.Stop.Err != nil {
		stop = p.Stop.Error()
	}
	out := c.tail[:0]
	for _, cell := range [...]string{p.NoPorts.String(), Summary(p), stop, f.InterfaceName} {
		out = appendCell(out, cell)
	}
	c.tail = out
}

// appendTransport writes the columns of a transport header.
func appendTransport(out []byte, f *analysis.Frame, t *analysis.Transport) []byte {
	out = appendCell(out, t.Proto.String())
	out = append(appendAddr(out, t.SrcAddr), ',')
	out = appendNumber(out, int64(t.Src))
	out = appendCell(appendCell(out, t.SrcRange.String()), t.SrcService)
	out = append(appendAddr(out, t.DstAddr), ',')
	out = appendNumber(out, int64(t.Dst))
	out = appendCell(appendCell(out, t.DstRange.String()), t.DstService)
	out = appendCell(appendCell(out, t.Client), string(t.Evidence))
	out = appendNumber(out, int64(t.At))
	out = append(strconv.AppendBool(out, t.Quoted), ',')
	out = appendNumber(out, t.InheritedFrom)
	out = appendCell(out, checksum(f.Packet, t))
	return appendNumber(out, int64(via(f.Packet, t.Layer)))
}

// appendIP writes the columns of an IP header. They are empty if it is missing or truncated.
func appendIP(out []byte, p *decode.Packet, net int) []byte {
	if net >= 0 {
		if h := p.IPv4(net); h != nil {
			return appendNumber(appendNumber(out, int64(h.TTL)), int64(h.Id))
		}
		if h := p.IPv6(net); h != nil {
			return append(appendNumber(out, int64(h.HopLimit)), ',')
		}
	}
	return append(out, ",,"...)
}

// appendTCP writes the columns of a TCP header and ends the row. The columns are empty for other
// headers and for a truncated one.
func (c *CSVWriter) appendTCP(out []byte, p *decode.Packet, t *decode.TransportHeader) []byte {
	h := p.TCP(t.Layer)
	if h == nil {
		return append(out, ",,,,\n"...)
	}
	out = append(appendControlBits(out, p, t), ',')
	out = appendNumber(appendNumber(out, int64(h.Seq)), int64(h.Ack))
	out = appendNumber(out, int64(h.Window))
	c.word = c.word[:0]
	for i := range h.Options {
		if i > 0 {
			c.word = append(c.word, "; "...)
		}
		c.word = appendTCPOption(c.word, &h.Options[i])
	}
	out = appendCell(out, c.word)
	out[len(out)-1] = '\n'
	return out
}

// appendNumber writes a number and a comma.
func appendNumber(out []byte, n int64) []byte { return append(strconv.AppendInt(out, n, 10), ',') }

// appendCell writes a cell, defused, and a comma.
func appendCell[T string | []byte](out []byte, cell T) []byte {
	return append(appendField(out, cell), ',')
}

// appendField writes a cell, defused.
func appendField[T string | []byte](out []byte, cell T) []byte {
	if plainCell(cell) {
		return append(out, cell...)
	}
	text := defuse(string(cell))
	if !strings.HasPrefix(text, " ") && !strings.ContainsAny(text, `",`) {
		return append(out, text...)
	}
	out = append(append(out, '"'), strings.ReplaceAll(text, `"`, `""`)...)
	return append(out, '"')
}

// plainCell reports whether a cell needs no quotes.
func plainCell[T string | []byte](cell T) bool {
	for i := range len(cell) {
		switch c := cell[i]; {
		case c <= ' ' && (c < ' ' || i == 0), c > '~', c == '\\', c == '"', c == ',':
			return false
		case i == 0 && (c == '=' || c == '+' || c == '-' || c == '@' || c == '|' || c == '%'):
			return false
		}
	}
	return true
}

func port(n uint16) string { return strconv.Itoa(int(n)) }

// defuse prevents a spreadsheet from taking a CSV cell for a formula. It puts an apostrophe before
// text that begins like one, after any spaces, unless the text is a plain number. Control
// characters are escaped before.
func defuse(cell string) string {
	if _, err := strconv.ParseInt(cell, 10, 64); err == nil {
		return cell
	}
	cell = textutil.Escape(cell)
	switch trimmed := strings.TrimLeft(cell, " "); {
	case trimmed == "":
	case strings.ContainsRune("=+-@\t\r|%", rune(trimmed[0])):
		return "'" + cell
	}
	return cell
}

// CSV writes rows, including the header line. It defuses every cell.
func CSV(w io.Writer, rows [][]string) error {
	var out []byte
	for _, row := range rows {
		out = out[:0]
		for _, cell := range row {
			out = appendCell(out, cell)
		}
		out[len(out)-1] = '\n'
		if _, err := w.Write(out); err != nil {
			return err
		}
	}
	return nil
}
