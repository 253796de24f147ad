package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/portsniff/portsniff/internal/testkit"
)

// A link holds the parts of the link that serve prints.
type link struct{ host, token string }

var linkPattern = regexp.MustCompile(`(?m)^http://([0-9.:]+)/\?token=([0-9a-f]{64})$`)

func readLink(t *testing.T, text string) link {
	t.Helper()
	m := linkPattern.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no link: %q", text)
	}
	return link{m[1], m[2]}
}

// ask sends a request with the token. It connects on this thread, which may be in a network
// namespace.
func (l link) ask(t *testing.T, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", l.host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf(
		"%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n", method,
		path, l.host, l.token, len(body))
	for _, h := range headers {
		head += h + "\r\n"
	}
	if _, err := io.WriteString(c, head+"\r\n"+body); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// all returns the body of a successful response.
func all(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v: %.300s", resp.Status, err, body)
	}
	return string(body)
}

// TestServeIsConfined checks from outside the rights of every thread of a server. It can only
// accept connections. An uploaded capture is decoded inside the sandbox too.
func TestServeIsConfined(t *testing.T) {
	t.Parallel()
	dropped, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, cmd: exec.Command(installed(t), "serve", "-r", "../../pcaps/services.pcap",
		"--sandbox", "require"), ended: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.run()
	p.wait(&p.out, linkPattern.String())
	l := readLink(t, p.out.String())
	if !strings.HasPrefix(l.host, "127.0.0.1:") {
		t.Errorf("it serves at %s", l.host)
	}
	for range 3 { // each of several browsers gets all data
		matches(t, "the data", all(t, l.ask(t, "GET", "/data.json", "")),
			`"source":"services.pcap"`, `"frames":232,"bytes":26756,`)
	}
	matches(t, "the page", all(t, l.ask(t, "GET", "/", "")), `id="portsniff-data"></script>`)
	matches(t, "what was dropped", all(t, l.ask(t, "POST", "/capture", string(dropped),
		"X-Portsniff: 1")), `"source":"the dropped capture"`, `"frames":10,`)
	matches(t, "half of it", all(t, l.ask(t, "POST", "/capture", string(dropped[:400]),
		"X-Portsniff: 1")), `"frames":3,.*"stop":"the dropped capture: `)
	for _, lack := range unconfined(t, p.cmd.Process.Pid) {
		t.Error(lack)
	}
	p.signal(syscall.SIGINT)
	p.end(0)
	if p.errs.String() != "" {
		t.Errorf("output: %s", p.errs.String())
	}
}

// TestServeLive checks that a capture continues whatever browsers do. A browser that reads gets all
// packets, or the number of those it missed. One that never reads does not delay the capture. The
// page and the closing lines show the same counts.
func TestServeLive(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		testkit.Output(t, "ip link set lo up")
		p := capturing(t, "serve", "-i", "v1", "--sandbox", "require", "-Z", "nobody", "udp")
		p.wait(&p.out, linkPattern.String())
		l := readLink(t, p.out.String())
		matches(t, "the data", all(t, l.ask(t, "GET", "/data.json", "")),
			`"source":"v1","live":true`)
		stalled, reader := l.ask(t, "GET", "/events", ""), l.ask(t, "GET", "/events", "")
		if stalled.StatusCode != http.StatusOK || reader.StatusCode != http.StatusOK {
			t.Fatalf("%s, %s", stalled.Status, reader.Status)
		}
		read := make(chan []byte, 1)
		go func() { // continuously, like a browser
			events, err := io.ReadAll(reader.Body)
			if err != nil {
				t.Errorf("reading events: %v", err)
			}
			read <- events
		}()
		const packets = 4000
		for n := range packets {
			s.Send(udpFrame(uint16(40000+n%7), 53, repeat(600)))
		}
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.cmd.Process.Pid))
		if err != nil || len(tasks) == 0 {
			t.Fatalf("no threads: %v", err)
		}
		for _, task := range tasks {
			status, err := os.ReadFile(task)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"Uid:\t65534\t65534\t65534\t65534\n",
				"CapEff:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
				if !strings.Contains(string(status), "\n"+want) {
					t.Errorf("%s has no %q", task, want)
				}
			}
		}
		p.interrupt()
		if n := p.closing(); n != [3]int{packets, packets, 0} {
			t.Errorf("closing lines say %v:\n%s", n, p.errs.String())
		}
		got, frames, ended := followed(t, bytes.NewReader(<-read))
		if frames != packets || got == 0 || !ended {
			t.Errorf("the page counted %d packets and was sent %d; end reported: %v", frames,
				got, ended)
		}
	})
}

// TestServeStalledBrowsers checks browsers that stop reading at different times. They must not
// delay packets and need little memory, also if packets have the largest number of fields.
func TestServeStalledBrowsers(t *testing.T) {
	if testing.Short() { // -short is for the race detector, which needs additional time and memory
		t.Skip("SKIPPED: -short: time and memory were not measured")
	}
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		testkit.Output(t, "ip link set lo up")
		p := capturing(t, "serve", "-i", "v1", "--sandbox", "require", "-Z", "nobody")
		p.wait(&p.out, linkPattern.String())
		l := readLink(t, p.out.String())
		const (
			browsers  = 16
			packets   = 4000
			perSecond = 400
			limit     = 200 << 10 // KiB
		)
		began := time.Now()
		for n := range packets {
			if n%(packets/browsers) == 0 {
				if resp := l.ask(t, "GET", "/events", ""); resp.StatusCode != http.StatusOK {
					t.Fatal(resp.Status)
				}
			}
			s.Send(testkit.FatFrame(uint16(n), 53))
			time.Sleep(time.Until(began.Add(time.Duration(n+1) * time.Second / perSecond)))
		}
		if peak := peakOf(t, p.cmd.Process.Pid); peak > limit {
			t.Errorf("%d KiB of memory", peak)
		}
		p.interrupt()
		if n := p.closing(); n != [3]int{packets, packets, 0} {
			t.Errorf("closing lines say %v:\n%s", n, p.errs.String())
		}
	})
}

// TestServeUploadEndsWithItsClient checks that a client that uploads a capture and disconnects does
// not block the server. Another capture is read at once, whether or not the first was complete.
func TestServeUploadEndsWithItsClient(t *testing.T) {
	t.Parallel()
	sample, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	const hour = 64 << 10 // times 1 MiB to read, longer than the test waits
	p := &program{t: t, cmd: exec.Command(installed(t), "serve", "-r", "../../pcaps/http.pcap",
		"--max-decompressed", "0"), ended: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.run()
	p.wait(&p.out, linkPattern.String())
	l := readLink(t, p.out.String())
	skipped := make([]byte, 1<<20) // a pcapng block of an unknown type
	for _, at := range []int{4, len(skipped) - 4} {
		binary.LittleEndian.PutUint32(skipped[at:], uint32(len(skipped)))
	}
	binary.LittleEndian.PutUint32(skipped, 0x0bad)
	section := []byte(
		"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff" +
			"\xff\xff\xff\x1c\x00\x00\x00")
	for _, c := range []struct {
		name string
		body []byte
		more int // bytes that are announced but never sent
	}{
		{"empty records", packed(t, sample, make([]byte, 1<<20), hour), 0},
		{"blocks without packets", packed(t, section, skipped, hour), 0},
		{"half a capture", sample[:len(sample)/2], len(sample) / 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			gone, err := net.Dial("tcp", l.host)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(gone,
				"POST /capture HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nX-Portsniff: "+
					"1\r\nContent-Length: %d\r\n\r\n", l.host, l.token, len(c.body)+c.more)
			go gone.Write(c.body) // ends when the connection is closed
			time.Sleep(300 * time.Millisecond)
			busy := l.ask(t, "POST", "/capture", string(sample), "X-Portsniff: 1")
			if busy.StatusCode != http.StatusTooManyRequests {
				t.Fatalf("%s while the first one is read", busy.Status)
			}
			if err := gone.Close(); err != nil {
				t.Fatal(err)
			}
			began, status := time.Now(), 0
			for status != http.StatusOK && time.Since(began) < 10*time.Second {
				time.Sleep(20 * time.Millisecond)
				resp := l.ask(t, "POST", "/capture", string(sample), "X-Portsniff: 1")
				// read to the end, so that the next one is accepted
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					t.Fatal(err)
				}
				status = resp.StatusCode
			}
			if took := time.Since(began); status != http.StatusOK || took > 5*time.Second {
				t.Errorf("status %d after %v", status, took)
			} else {
				t.Logf("%v", took)
			}
		})
	}
	p.signal(syscall.SIGINT)
	p.end(0)
}

// TestServeRejectedConnectionsUseLittleMemory checks that refused connections that clients keep
// open need almost no memory, whatever their number.
func TestServeRejectedConnectionsUseLittleMemory(t *testing.T) {
	t.Parallel()
	if testing.Short() { // -short is for the race detector, which needs additional time and memory
		t.Skip("SKIPPED: -short: time and memory were not measured")
	}
	p := &program{t: t, cmd: exec.Command(installed(t), "serve", "-r", "../../pcaps/http.pcap"),
		ended: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.run()
	p.wait(&p.out, linkPattern.String())
	l := readLink(t, p.out.String())
	l.token = "none"
	before := peakOf(t, p.cmd.Process.Pid)
	const (
		connections = 3000
		limit       = 24 << 10 // KiB; 20 KiB for each connection would be 60 MiB
	)
	for range connections {
		if resp := l.ask(t, "GET", "/data.json", "",
			"Connection: keep-alive"); resp.StatusCode != http.StatusUnauthorized {
			t.Fatal(resp.Status)
		}
	}
	if grown := peakOf(t, p.cmd.Process.Pid) - before; grown > limit {
		t.Errorf("%d connections took %d KiB", connections, grown)
	}
	p.signal(syscall.SIGINT)
	p.end(0)
}

// packed returns head followed by rest, repeated times times, in zstd: a few kB for each 64 MiB.
func packed(t *testing.T, head, rest []byte, times int) []byte {
	t.Helper()
	const together = 64
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	out := enc.EncodeAll(head, nil)
	frame := enc.EncodeAll(bytes.Repeat(rest, together), nil)
	return append(out, bytes.Repeat(frame, times/together)...)
}

// peakOf returns the peak resident memory of a process, in KiB.
func peakOf(t *testing.T, pid int) (peak int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &peak); err != nil {
		t.Fatal(err)
	}
	return peak
}

// followed reads events to their end, and checks that received and lost packets add up to all.
func followed(t *testing.T, from io.Reader) (got, frames int, ended bool) {
	t.Helper()
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if lines.Text() == "event: end" {
			ended = true
		}
		text, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || ended {
			continue
		}
		var u struct {
			Frames  int
			Packets []json.RawMessage
			Lost    struct{ Kernel, Interface, Page int }
		}
		if err := json.Unmarshal([]byte(text), &u); err != nil {
			t.Fatal(err)
		}
		got, frames = got+len(u.Packets), u.Frames
		if u.Lost.Page != u.Frames-got || u.Lost.Kernel != 0 {
			t.Errorf("%d packets, %d came, lost: %+v", u.Frames, got, u.Lost)
		}
	}
	return got, frames, ended
}

// TestServeToOthers checks the notice if other machines can connect, and that the printed link
// works on this machine.
func TestServeToOthers(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, _ *testkit.Sender) {
		testkit.Output(t, "ip link set lo up")
		p := capturing(t, "serve", "-i", "v1", "--listen", "0.0.0.0")
		p.wait(&p.errs, `0\.0\.0\.0:[0-9]+ can be reached from other machines, without encryption`)
		p.wait(&p.out, `(?m)^http://localhost:[0-9]+/\?token=[0-9a-f]{64}$`)
		l := readLink(t, strings.Replace(p.out.String(), "localhost", "127.0.0.1", 1))
		all(t, l.ask(t, "GET", "/data.json", ""))
		p.interrupt()
	})
}

// TestServeAfterTheEnd checks that the page stays after the capture ended by itself, and shows the
// end.
func TestServeAfterTheEnd(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		testkit.Output(t, "ip link set lo up")
		p := capturing(t, "serve", "-i", "v1", "-c", "2")
		s.Send(udpFrame(40000, 53, "one"), udpFrame(40001, 53, "two"))
		p.wait(&p.errs, `the capture has ended; the page stays until ctrl-C`)
		got, frames, ended := followed(t, readLink(t, p.out.String()).ask(t, "GET", "/events",
			"").Body)
		if got != 2 || frames != 2 || !ended {
			t.Errorf("%d of %d packets; end reported: %v", got, frames, ended)
		}
		p.interrupt()
	})
}
