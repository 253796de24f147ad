package main

import (
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit/samples"
)

// A madeFragment is a generated frame and the number of the datagram that it belongs to.
type madeFragment struct {
	frame    []byte
	datagram int
}

// fragmentPort returns the source port of a datagram.
func fragmentPort(datagram int) int { return 20_000 + datagram }

// fragmentsOf returns the fragments of a UDP datagram over IPv4 to port 9.
func fragmentsOf(datagram, id, pieces int) (out []madeFragment) {
	const size = 16
	for i := range pieces {
		b := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 20+size, 0, byte(id), 0, byte(i*size/8),
			64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
		if i < pieces-1 {
			b[20] |= 0x20
		}
		payload := make([]byte, size)
		if i == 0 {
			binary.BigEndian.PutUint16(payload, uint16(fragmentPort(datagram)))
			payload[3], payload[5] = 9, byte(pieces*size)
		}
		out = append(out, madeFragment{append(b, payload...), datagram})
	}
	return out
}

// shuffledFragments returns datagrams whose fragments arrive in random order, a few datagrams at a
// time. It reuses identifications, except those of datagrams that lack a fragment.
func shuffledFragments(r *rand.Rand) (out []madeFragment) {
	lost := 100
	for group := range 60 {
		var list []madeFragment
		for id := range 1 + r.IntN(4) {
			pieces := fragmentsOf(4*group+id, id, 2+r.IntN(4))
			if r.IntN(6) == 0 {
				lost++
				pieces = fragmentsOf(4*group+id, lost, 3)
				i := r.IntN(len(pieces))
				pieces = append(pieces[:i:i], pieces[i+1:]...)
			}
			list = append(list, pieces...)
		}
		for _, i := range r.Perm(len(list)) {
			out = append(out, list[i])
		}
	}
	return out
}

// tsharkDatagrams returns the port of each frame: that of the frame in which tshark completes its
// datagram, 0 if it never does. Frames are numbered from 0.
func tsharkDatagrams(t *testing.T, file string) (ports []int) {
	t.Helper()
	out, err := exec.Command("tshark", "-n", "-2", "-r", file, "-T", "fields", "-e",
		"ip.reassembled_in", "-e", "udp.srcport").Output()
	if err != nil {
		t.Fatal(err)
	}
	var in []int
	for line := range strings.Lines(string(out)) {
		frame, port, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		n, _ := strconv.Atoi(frame)
		p, _ := strconv.Atoi(port)
		in, ports = append(in, n), append(ports, p)
	}
	for i, n := range in {
		if n > 0 {
			ports[i] = ports[n-1]
		}
	}
	return ports
}

// TestFragmentsAgainstTshark shuffles fragments. In each format, all frames of a datagram that
// tshark completes have its ports. Other frames have only the ports of their own datagram, or none.
// Flows count each fragment for its datagram, with any number of workers.
func TestFragmentsAgainstTshark(t *testing.T) {
	t.Parallel()
	requireTool(t, "tshark")
	for seed := range uint64(3) {
		list := shuffledFragments(rand.New(rand.NewPCG(seed, 4)))
		var frames [][]byte
		for _, f := range list {
			frames = append(frames, f.frame)
		}
		file := writer(t)("fragments", samples.Pcap(frames))
		theirs, counted, early := tsharkDatagrams(t, file), map[string]int{}, 0
		rows, err := csv.NewReader(strings.NewReader(run(t, "-r", file, "--format",
			"csv"))).ReadAll()
		if err != nil || len(rows) != len(list)+1 || len(theirs) != len(list) {
			t.Fatalf("%v: %d rows, %d of tshark's for %d frames", err, len(rows), len(theirs),
				len(list))
		}
		column := map[string]int{}
		for i, name := range rows[0] {
			column[name] = i
		}
		for i, row := range rows[1:] {
			got, _ := strconv.Atoi(row[column["src_port"]])
			own := fragmentPort(list[i].datagram)
			if theirs[i] != 0 && (got != own || theirs[i] != own) || got != 0 && got != own {
				t.Errorf("seed %d, frame %d: port %d, tshark has %d, want %d", seed, i+1, got,
					theirs[i], own)
			}
			if from, _ := strconv.Atoi(row[column["inherited_from"]]); from > i+1 {
				early++
			}
			if got != 0 {
				counted[fmt.Sprint(got)]++
			}
		}
		if early < 50 {
			t.Errorf("seed %d: only %d fragments come before their first one", seed, early)
		}
		for _, jobs := range []string{"1", "3"} {
			flows, err := csv.NewReader(strings.NewReader(run(t, "flows", "-r", file, "--jobs",
				jobs, "--format", "csv"))).ReadAll()
			if err != nil || len(flows) != len(counted)+1 {
				t.Fatalf("%v: %d flows, want %d", err, len(flows)-1, len(counted))
			}
			for _, row := range flows[1:] {
				sum, port := 0, ""
				for i, name := range flows[0] {
					n, _ := strconv.Atoi(row[i])
					switch {
					case name == "packets_sent", name == "packets_received":
						sum += n
					case (name == "client_port" || name == "server_port") && row[i] != "9":
						port = row[i]
					}
				}
				if sum != counted[port] {
					t.Errorf("seed %d, %s jobs: port %s has %d packets, want %d", seed, jobs, port,
						sum, counted[port])
				}
			}
		}
		where := run(t, "-r", file, "--where", "port == 9", "-n")
		want := 0
		for _, n := range counted {
			want += n
		}
		if n := strings.Count(where, ":9 "); n < want {
			t.Errorf("seed %d: --where finds %d of %d packets", seed, n, want)
		}
	}
}
