package decode_test

import (
	"cmp"
	"encoding/hex"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestPDML compares the positions and values of fields and the positions of ports with tshark's
// PDML, on every frame of every sample.
func TestPDML(t *testing.T) {
	c := newPDMLCheck(t)
	c.frames(sampleFrames(t))
	if c.fields < 30_000 || c.ports < 800 {
		t.Errorf("%d fields and %d ports were compared", c.fields, c.ports)
	}
}

// TestPDMLCorpus makes the same comparison on real captures.
func TestPDMLCorpus(t *testing.T) {
	frames := corpustest.CorpusFrames(t)
	c := newPDMLCheck(t)
	c.frames(frames)
	if c.fields < 800_000 || c.ports < 25_000 {
		t.Errorf("%d fields and %d ports were compared", c.fields, c.ports)
	}
	c.allowed.unused(t)
}

// scaled lists length fields that tshark shows in bytes, with the bytes in one of our units.
var scaled = map[string]uint64{"ip.hdr_len": 4, "tcp.hdr_len": 4}

// portKeys are Wireshark's names of the field at Ports.At. Wireshark uses UDP's name for UDP-Lite.
var portKeys = map[decode.Transport]string{
	decode.ProtoTCP: "tcp.srcport", decode.ProtoUDP: "udp.srcport",
	decode.ProtoUDPLite: "udp.srcport",
	decode.ProtoSCTP:    "sctp.srcport", decode.ProtoDCCP: "dccp.srcport",
}

// A pdmlCheck collects differences: one message for each file, field and kind of difference, with
// the first frame in which it occurs.
type pdmlCheck struct {
	t       *testing.T
	known   map[string]bool // the names of tshark's fields
	allowed *exceptions     // columns: file, field, kind of difference
	found   map[string]*pdmlDifference
	fields  int // compared
	ports   int
	packet  decode.Packet
}

type pdmlDifference struct {
	first  string
	frames int
}

func newPDMLCheck(t *testing.T) *pdmlCheck {
	out, err := exec.Command(corpustest.Tool(t, "tshark"), "-G", "fields").Output()
	if err != nil {
		t.Fatal(err)
	}
	c := &pdmlCheck{t: t, known: make(map[string]bool), found: make(map[string]*pdmlDifference)}
	for line := range strings.Lines(string(out)) {
		if columns := strings.Split(line, "\t"); columns[0] == "F" && len(columns) > 2 {
			c.known[columns[2]] = true
		}
	}
	c.allowed = readExceptions(t, "testdata/tshark-fields.tsv")
	return c
}

func (c *pdmlCheck) frames(frames []corpustest.Frame) {
	dissect(c.t, frames, c.frame)
	c.report()
}

// report fails the test for each kind of difference.
func (c *pdmlCheck) report() {
	for _, key := range slices.Sorted(maps.Keys(c.found)) {
		d := c.found[key]
		c.t.Errorf("%s\t%s (%d in all)", key, d.first, d.frames)
	}
}

func (c *pdmlCheck) frame(f corpustest.Frame, fields []corpustest.Element) {
	byName := make(map[string][]corpustest.Element, len(fields))
	for _, q := range fields {
		byName[q.Name] = append(byName[q.Name], q)
	}
	p := &c.packet
	p.Decode(f.Link, f.Data, f.Wire)
	for i := range p.Layers {
		c.layer(f, i, byName)
	}
	for _, q := range p.Ports {
		key := portKeys[q.Proto]
		if len(byName[key]) == 0 {
			continue // tshark decodes fewer headers here; other tests compare the depth
		}
		c.ports++
		at := func(theirs corpustest.Element) bool {
			return theirs.Pos == q.At && theirs.Show == strconv.Itoa(int(q.Src))
		}
		if !slices.ContainsFunc(byName[key], at) {
			c.differ(f, key, "port", "port "+strconv.Itoa(int(q.Src))+" at "+strconv.Itoa(q.At))
		}
	}
}

// layer compares a header's fields with tshark's, if tshark has one of them in the same bytes.
func (c *pdmlCheck) layer(f corpustest.Frame, i int, byName map[string][]corpustest.Element) {
	l := c.packet.Layers[i]
	inside := func(q corpustest.Element) bool { return q.Pos >= l.At && q.Pos < l.At+l.Len }
	fields := c.packet.Fields(i)
	met := slices.ContainsFunc(fields, func(fd decode.Field) bool {
		return !fd.Cut &&
			slices.ContainsFunc(byName[fd.Key], inside)
	})
	// If a header is malformed or cut, the two programs may show different parts of it.
	stopped := c.packet.Stop.Err != nil && c.packet.Stop.At == l.At
	if !met {
		return
	}
	for _, fd := range fields {
		if fd.Cut || !c.known[fd.Key] {
			continue
		}
		c.fields++
		theirs := slices.DeleteFunc(slices.Clone(byName[fd.Key]),
			func(q corpustest.Element) bool { return !inside(q) })
		if len(theirs) == 0 {
			if stopped {
				continue
			}
			c.differ(f, fd.Key, "not shown", "at bit "+strconv.Itoa(fd.At))
			continue
		}
		var worst, details string
		for _, q := range theirs {
			kind, detail := compareField(fd, q)
			if kind == "" {
				worst = ""
				break
			}
			worst, details = cmp.Or(kind, worst), detail
		}
		if worst != "" {
			c.differ(f, fd.Key, worst, details)
		}
	}
}

// compareField returns how a field differs from tshark's, or "".
func compareField(fd decode.Field, q corpustest.Element) (kind, detail string) {
	from, to := fd.At/8, (fd.At+fd.Width+7)/8
	detail = "bit " + strconv.Itoa(fd.At) + " width " + strconv.Itoa(fd.Width) + ", tshark " +
		strconv.Itoa(q.Pos) + "+" + strconv.Itoa(q.Size) + " " + q.Value + " shown " + q.Show
	whole := fd.At%8 == 0 && fd.Width%8 == 0 && !q.Masked
	if q.Pos > from || q.Pos+q.Size < to || whole && (q.Pos != from || q.Pos+q.Size != to) {
		return "place", detail
	}
	switch {
	case q.Masked:
		if v, err := strconv.ParseUint(q.Value, 16, 64); err != nil || v != fd.Value {
			return "value", detail + ", ours " + strconv.FormatUint(fd.Value, 16)
		}
	case whole:
		if q.Value != "" && q.Value != hex.EncodeToString(fd.Raw) {
			return "value", detail + ", ours " + hex.EncodeToString(fd.Raw)
		}
	default:
		if v, err := strconv.ParseUint(q.Show, 0, 64); err != nil ||
			v != fd.Value*max(scaled[fd.Key], 1) {
			return "value", detail + ", ours " + strconv.FormatUint(fd.Value, 10)
		}
	}
	return "", ""
}

func (c *pdmlCheck) differ(f corpustest.Frame, key, kind, detail string) {
	if c.allowed.allow(f.File, key, kind) {
		return
	}
	name := f.File + "\t" + key + "\t" + kind
	if c.found[name] == nil {
		c.found[name] = &pdmlDifference{first: "frame " + strconv.FormatInt(f.N, 10) + ": " +
			detail}
	}
	c.found[name].frames++
}
