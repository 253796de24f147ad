package corpustest_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
)

const (
	tcpCaptures    = 64  // captures to compare
	tcpConnections = 400 // minimum number of connections in them
	// tcpDifferencesFile lists reviewed connections that differ from tshark: capture, first frame,
	// the property, tshark's value, the flow's value, and the reason.
	tcpDifferencesFile = "testdata/tcp-differences.tsv"
)

// tsharkTCP is tshark's analysis of one frame.
type tsharkTCP struct {
	kinds [4]bool // retransmission of any kind, out of order, zero window, RST
	rtt   time.Duration
	plain bool // there is one TCP header
}

// tsharkAnalysis returns tshark's analysis of the frames of a capture.
func tsharkAnalysis(t *testing.T, tshark, path string) (list []tsharkTCP) {
	t.Helper()
	args := []string{"-n", "-r", path, "-T", "fields"}
	for _, field := range []string{"retransmission", "fast_retransmission",
		"spurious_retransmission", "out_of_order", "zero_window", "initial_rtt"} {
		args = append(args, "-e", "tcp.analysis."+field)
	}
	args = append(args, "-e", "tcp.flags.reset", "-e", "tcp.srcport")
	out, err := exec.Command(tshark, args...).Output()
	if err != nil {
		t.Logf("%s: %v", path, err) // a capture that ends inside a packet
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		x := tsharkTCP{plain: f[7] != "" && !strings.Contains(f[7], ",")}
		reset := f[6] == "1" || f[6] == "True" // old and new releases of tshark
		x.kinds = [4]bool{f[0]+f[1]+f[2] != "", f[3] != "", f[4] != "", reset}
		if rtt, err := strconv.ParseFloat(f[5], 64); err == nil {
			x.rtt = time.Duration(math.Round(rtt * 1e9))
		}
		list = append(list, x)
	}
	return list
}

// A tcpPair is a connection with tshark's values and the flow's.
type tcpPair struct {
	theirs flow.TCPStats
	ours   flow.Flow
}

// tcpPairs counts a capture's frames with one TCP header, and adds up tshark's analysis for the
// flow of each frame.
func tcpPairs(t *testing.T, path string, theirs []tsharkTCP) (pairs map[uint64]*tcpPair) {
	t.Helper()
	table := flow.NewTable(flow.Options{TCP: true})
	pairs = map[uint64]*tcpPair{}
	eachPacket(t, path, func(p *capture.Packet) {
		var d decode.Packet
		r := p.Record()
		d.Decode(r.Link, r.Data, int(r.Length))
		if p.Number > int64(len(theirs)) || !theirs[p.Number-1].plain || len(d.Ports) != 1 ||
			d.Ports[0].Quoted || d.Ports[0].Proto != decode.ProtoTCP {
			return
		}
		m, x := table.Add(&d, r.Length, r.Nanos, p.Number)[0], &theirs[p.Number-1]
		if pairs[m.Number] == nil {
			pairs[m.Number] = &tcpPair{}
		}
		c, s := &pairs[m.Number].theirs.Sent[flow.A], &pairs[m.Number].theirs
		for i, n := range []*uint32{&c.Retransmissions, &c.OutOfOrder, &c.ZeroWindows, &c.Resets} {
			if x.kinds[i] {
				*n++
			}
		}
		if x.rtt > 0 {
			s.RTT, s.HasRTT = x.rtt, true
		}
	})
	for f := range table.Flows() {
		pairs[f.Number].ours = f
	}
	return pairs
}

// differences returns the differences: a name, tshark's value and the flow's.
func (p *tcpPair) differences() (list [][3]string) {
	a, b := p.theirs.Total(), p.ours.TCP.Total()
	add := func(name string, theirs, ours any) {
		if theirs != ours {
			list = append(list, [3]string{name, fmt.Sprint(theirs), fmt.Sprint(ours)})
		}
	}
	add("retransmissions", a.Retransmissions, b.Retransmissions)
	add("out-of-order", a.OutOfOrder, b.OutOfOrder)
	add("zero-windows", a.ZeroWindows, b.ZeroWindows)
	add("resets", a.Resets, b.Resets)
	rtt := func(s *flow.TCPStats) string {
		if !s.HasRTT {
			return "none"
		}
		return s.RTT.String()
	}
	if diff := p.theirs.RTT - p.ours.TCP.RTT; diff.Abs() > time.Microsecond ||
		p.theirs.HasRTT != p.ours.TCP.HasRTT {
		add("rtt", rtt(&p.theirs), rtt(&p.ours.TCP))
	}
	return list
}

// tcpDifferences returns the explained differences: reasons by all columns before them.
func tcpDifferences(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(tcpDifferencesFile)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		line := s.Text()
		if i := strings.LastIndexByte(line, '\t'); i > 0 && !strings.HasPrefix(line, "#") {
			known[line[:i]] = line[i+1:]
		}
	}
	return known
}

// TestCorpusTCP compares flows with tshark's analysis on the captures of the corpus with the most
// TCP segments. It compares each connection's handshake RTT, retransmissions, segments out of
// order, zero windows and resets. Each difference is listed with a reason.
func TestCorpusTCP(t *testing.T) {
	root := corpusFolder(t)
	tshark := corpustest.Tool(t, "tshark")
	known, met := tcpDifferences(t), map[string]bool{}
	names := capturesWithMostTCP(t, root)
	connections, sum := 0, flow.TCPCounts{}
	for _, name := range names {
		path := filepath.Join(root, "files", name)
		pairs := tcpPairs(t, path, tsharkAnalysis(t, tshark, path))
		connections += len(pairs)
		for _, p := range pairs {
			c := p.theirs.Total()
			sum.Retransmissions += c.Retransmissions
			sum.OutOfOrder += c.OutOfOrder
			sum.ZeroWindows += c.ZeroWindows
			sum.Resets += c.Resets
			for _, d := range p.differences() {
				row := fmt.Sprintf("%s\t%d\t%s\t%s\t%s", name, p.ours.FirstFrame, d[0], d[1], d[2])
				if met[row] = true; known[row] == "" {
					t.Errorf("not explained:\n%s", row)
				}
			}
		}
	}
	for row := range known {
		if !met[row] {
			t.Errorf("no longer a difference:\n%s", row)
		}
	}
	if connections < tcpConnections {
		t.Errorf("only %d connections in %d captures", connections, len(names))
	}
	t.Logf("%d connections in %d captures, %+v by tshark, %d differences", connections, len(names),
		sum, len(met))
}

// capturesWithMostTCP returns the captures with the most TCP frames, according to the corpus's
// oracle.
func capturesWithMostTCP(t *testing.T, root string) []string {
	t.Helper()
	frames := map[string]int{}
	var names []string
	for _, name := range corpusFiles(t, root) {
		for _, row := range tsharkRows(t, filepath.Join(root, "oracle", name+".tsv")) {
			for _, x := range row.transports {
				if x.proto == "tcp" {
					frames[name]++
				}
			}
		}
		names = append(names, name)
	}
	slices.SortStableFunc(names, func(a, b string) int { return frames[b] - frames[a] })
	return names[:tcpCaptures]
}
