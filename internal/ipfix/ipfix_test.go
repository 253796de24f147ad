package ipfix_test

import (
	"encoding/binary"
	"errors"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/ipfix"
	"github.com/portsniff/portsniff/internal/records"
	"github.com/portsniff/portsniff/linktype"
)

// export sends the flows of a sample and closes the exporter.
func export(t *testing.T, sample, address string, biflow bool) *ipfix.Exporter {
	t.Helper()
	to, err := ipfix.Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	e := ipfix.NewExporter(to, biflow)
	f, err := pcapfile.Open(filepath.Join("../../pcaps", sample), pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a := analysis.New(flow.Options{Idle: 5 * time.Minute})
	c := records.Collect(a.Flows, func(r *records.Record) {
		if err := e.Record(r); err != nil {
			t.Fatal(err)
		}
	})
	var p capture.Packet
	for f.Next(&p) == nil {
		c.Packet(a.Packet(&p))
	}
	a.Flows.Finish()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return e
}

// datagrams exports to a local socket and returns the received datagrams.
func datagrams(t *testing.T, sample string, biflow bool) (list [][]byte) {
	t.Helper()
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := export(t, sample, "udp://"+l.LocalAddr().String(), biflow)
	for range e.Messages {
		b := make([]byte, 1<<16)
		n, _, err := l.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b[:n])
	}
	return list
}

// frames puts messages into UDP datagrams, for tshark.
func frames(messages [][]byte) (list []corpustest.Frame) {
	for i, m := range messages {
		const ipv4Len, udpLen, proto = 20, 8, 17
		b := []byte{0x45, 0}
		b = binary.BigEndian.AppendUint16(b, uint16(ipv4Len+udpLen+len(m)))
		b = append(b, 0, 0, 0, 0, 64, proto, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2)
		b = binary.BigEndian.AppendUint16(b, 40000)
		b = binary.BigEndian.AppendUint16(b, 4739)
		b = binary.BigEndian.AppendUint16(b, uint16(udpLen+len(m)))
		b = append(append(b, 0, 0), m...)
		list = append(list, corpustest.Frame{N: int64(i + 1), Link: linktype.IPv4, Data: b,
			Wire: len(b)})
	}
	return list
}

// tshark's dissector reads the expected value of every field of a biflow.
func TestBiflowAgainstTshark(t *testing.T) {
	rows := corpustest.Fields(t, frames(datagrams(t, "http.pcap", true)), []string{"cflow.version",
		"cflow.sequence", "cflow.od_id", "cflow.flowset_id", "cflow.srcaddr", "cflow.dstaddr",
		"cflow.srcport", "cflow.dstport", "cflow.protocol", "cflow.octets", "cflow.packets",
		"cflow.abstimestart", "cflow.flow_end_reason", "cflow.biflow_direction",
		"_ws.malformed"})
	if len(rows) != 1 {
		t.Fatal(rows)
	}
	// tshark counts 6 and 4 packets in the sample with ip.src== and ip.dst==
	for i, want := range []string{"10", "0", "1,1,1,1,1",
		"2,3,260,261,262,263,258,260,261,262,263", "192.0.2.10", "198.51.100.7", "45650",
		"80", "6", "396,456", "6,4"} {
		if got := rows[0][i]; got != want {
			t.Errorf("field %d is %q, want %q", i, got, want)
		}
	}
	if rows[0][14] != "" || rows[0][13] != "1" || rows[0][12] != "3" {
		t.Errorf("%q", rows[0])
	}
}

// Sequence numbers count all records before a message, including options records, as in tshark.
// Only the first message has templates (set 2).
func TestMessages(t *testing.T) {
	messages := datagrams(t, "services-ipv6.pcap", false)
	if len(messages) < 2 {
		t.Fatalf("%d messages", len(messages))
	}
	rows := corpustest.Fields(t, frames(messages), []string{"cflow.sequence", "cflow.octets",
		"cflow.flowset_id", "_ws.malformed", "cflow.unexpected_sequence_number"})
	sum := 0
	for i, row := range rows {
		if row[0] != strconv.Itoa(sum) {
			t.Errorf("message %d has sequence %s, want %d", i, row[0], sum)
		}
		sum += strings.Count(row[1], ",") + 1 + strings.Count(row[2], "26")
		if row[4] != "" {
			t.Errorf("message %d: tshark expects another sequence number than %s", i, row[0])
		}
		if strings.HasPrefix(row[2], "2,") != (i == 0) || row[3] != "" || len(messages[i]) > 1400 {
			t.Errorf("message %d of %d bytes: %q", i, len(messages[i]), row)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "collector:4739", "http://collector", "udp://", "udp://a/b",
		"udp://user@host", "udp://127.0.0.1:0", "udp://127.0.0.1:65536"} {
		if _, err := ipfix.Dial(t.Context(), bad); !errors.Is(err, ipfix.ErrAddress) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := ipfix.Dial(t.Context(), "tcp://127.0.0.1:1"); !errors.Is(err,
		syscall.ECONNREFUSED) {
		t.Error(err)
	}
}
