package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/testkit"
)

// A sharkPacket holds the fields of a packet that tshark prints, by name.
type sharkPacket struct {
	Source struct {
		Layers map[string][]string `json:"layers"`
	} `json:"_source"`
}

func (p *sharkPacket) field(name string) string {
	return strings.Join(p.Source.Layers[name], " | ")
}

// sharkFields lists the fields that tshark prints.
var sharkFields = []string{"tcp.flags.syn", "tcp.flags.ack", "tcp.srcport", "tcp.dstport",
	"frame.comment", "frame.interface_name"}

// sharkHome creates a home directory with the program in its folders for extcap programs. tshark
// looks in .config up to version 4.0, and in .local since then.
func sharkHome(t *testing.T) (env []string) {
	t.Helper()
	home := t.TempDir()
	// A process that starts meanwhile would keep a script open, and the kernel would not run it.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for _, dir := range []string{".config/wireshark/extcap", ".local/lib/wireshark/extcap"} {
		dir = filepath.Join(home, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		script := "#!/bin/sh\nexec portsniff extcap \"$@\"\n"
		if err := os.WriteFile(filepath.Join(dir, "portsniff"), []byte(script),
			0o755); err != nil {
			t.Fatal(err)
		}
	}
	return append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"))
}

// TestExtcapTshark checks that tshark finds the interfaces and captures connections on one of them.
func TestExtcapTshark(t *testing.T) {
	t.Parallel()
	requireTool(t, "tshark")
	testkit.Run(t, func(t *testing.T) {
		testkit.Output(t, "ip link set lo up")
		env := sharkHome(t)
		list := exec.Command("tshark", "-D")
		list.Env = env
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		matches(t, "tshark -D", string(out),
			`(?m)^\d+\. portsniff-lo \(lo with ports and processes\)$`)

		l, err := net.Listen("tcp4", "127.0.0.1:443")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		port := l.Addr().(*net.TCPAddr).Port
		args := []string{"-i", "portsniff-lo", "-f", fmt.Sprintf("tcp port %d", port), "-c", "60",
			"-T", "json"}
		for _, f := range sharkFields {
			args = append(args, "-e", f)
		}
		shark := &program{t: t, cmd: exec.Command("tshark", args...), ended: make(chan error, 1)}
		shark.cmd.Env = env
		shark.cmd.Stdout, shark.cmd.Stderr = &shark.out, &shark.errs
		shark.run()
		talk(t, l, shark.ended)
		shark.end(0)

		var packets []sharkPacket
		if err := json.Unmarshal([]byte(shark.out.String()), &packets); err != nil {
			t.Fatalf("%v: %s%s", err, shark.out.String(), shark.errs.String())
		}
		checkWithTshark(t, packets, port)
	})
}

// talk opens connections to a listener and sends over the latest, until ended receives a value.
// tshark needs some time to start.
func talk(t *testing.T, l net.Listener, ended chan error) {
	t.Helper()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(io.Discard, c) // ends with the test
			}()
		}
	}()
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		select {
		case err := <-ended:
			ended <- err
			return
		case <-time.After(100 * time.Millisecond):
		}
		c, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if open = append(open, c); len(open) > 4 {
			open[0].Close()
			open = open[1:]
		}
		for _, c := range open {
			if _, err := c.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// checkWithTshark compares the comments of packets with the fields that tshark decodes.
func checkWithTshark(t *testing.T, packets []sharkPacket, port int) {
	t.Helper()
	if len(packets) != 60 {
		t.Errorf("%d packets, want 60", len(packets))
	}
	server := fmt.Sprint(port)
	syns, synacks, named := 0, 0, 0
	for i := range packets {
		p := &packets[i]
		comment, first, second := p.field("frame.comment"), "client", "server"
		if p.field("tcp.srcport") == server {
			first, second = second, first
		}
		want := fmt.Sprintf(`^TCP from (%s )?port %s\b.* to (%s )?port %s\b`, first,
			p.field("tcp.srcport"), second, p.field("tcp.dstport"))
		if !regexp.MustCompile(want).MatchString(comment) ||
			p.field("frame.interface_name") != "lo" {
			t.Errorf("packet %d on %q lacks %s: %q", i+1, p.field("frame.interface_name"), want,
				comment)
		}
		if isSet(p.field("tcp.flags.syn")) {
			syns++
			if isSet(p.field("tcp.flags.ack")) {
				synacks++
			}
			if !strings.Contains(comment, "; the client sent the SYN") {
				t.Errorf("packet %d, a SYN: %q", i+1, comment)
			}
		}
		if regexp.MustCompile(fmt.Sprintf(`process: src \S+/%d of .*; dst \S+/%[1]d of `,
			os.Getpid())).MatchString(comment) {
			named++
		}
	}
	if syns-synacks == 0 || synacks == 0 || named == 0 {
		t.Errorf("%d SYN, %d SYN-ACK, %d packets with both processes", syns-synacks, synacks, named)
	}
}

// extcapCapture starts a capture that writes to a fifo, and returns the reading end of the fifo.
func extcapCapture(t *testing.T, args ...string) (*program, *os.File) {
	t.Helper()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"extcap", "--capture", "--extcap-interface", "portsniff-v1", "--fifo",
		fifo}, args...)
	p := &program{t: t, cmd: exec.Command("portsniff", args...), ended: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.run()
	r, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() }) // some tests close it before
	header := make([]byte, 4)
	if _, err := io.ReadFull(r, header); err != nil ||
		!bytes.Equal(header, []byte{10, 13, 13, 10}) {
		t.Fatalf("the fifo begins with % x, %v", header, err)
	}
	return p, r
}

// TestExtcapEnds ends a capture by closing the fifo, with and without packets, and by SIGTERM. The
// program must print nothing, because Wireshark would show it as an error.
func TestExtcapEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *program, *os.File, *testkit.Sender){
		"closed while it is quiet": func(t *testing.T, _ *program, r *os.File, _ *testkit.Sender) {
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		},
		"closed, then a packet": func(t *testing.T, _ *program, r *os.File, s *testkit.Sender) {
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			s.Send(udpFrame(40000, 53, "one"))
		},
		"SIGTERM": func(t *testing.T, p *program, r *os.File, s *testkit.Sender) {
			s.Send(udpFrame(40000, 53, "one"), udpFrame(40001, 53, "two"))
			p.signal(syscall.SIGTERM)
			rest, err := io.ReadAll(r)
			if err != nil || bytes.Count(rest, []byte("port 53 domain (system)")) != 2 {
				t.Errorf("%v: %q", err, rest)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			liveTest(t, func(t *testing.T, s *testkit.Sender) {
				p, r := extcapCapture(t)
				end(t, p, r, s)
				p.end(0)
				if text := p.out.String() + p.errs.String(); text != "" {
					t.Errorf("it prints %q", text)
				}
			})
		})
	}
}

// TestExtcapIsConfined checks from outside the sandbox of a capture that root started.
func TestExtcapIsConfined(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p, r := extcapCapture(t, "--sandbox", "require", "-Z", "nobody", "--comments", "none",
			"--extcap-capture-filter", "udp dst port 53", "--snapshot-length", "42")
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Uid:\t65534\t65534\t65534\t65534\n",
			"CapEff:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
			if !strings.Contains(string(status), "\n"+want) {
				t.Errorf("it has no %q", want)
			}
		}
		s.Send(udpFrame(40000, 53, "kept"), udpFrame(40000, 54, "not kept"))
		p.signal(syscall.SIGTERM)
		rest, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		p.end(0)
		frame := udpFrame(40000, 53, "kept")
		if !bytes.Contains(rest, frame[:42]) || bytes.Contains(rest, []byte("kept")) ||
			bytes.Contains(rest, []byte("port 53 domain")) {
			t.Errorf("the fifo has %q", rest)
		}
	})
}

// TestExtcapFilter checks capture filters as Wireshark does while the user types. Errors are
// printed, and the exit status is 0.
func TestExtcapFilter(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, _ *testkit.Sender) {
		for filter, want := range map[string]string{
			"":                      `^$`,
			"tcp port https":        `^$`,
			"vlan and tcp port 443": `^$`,
			"tcp prt 443":           `^in the filter: "prt": `,
			"wlan type mgt":         `^in the filter: `,
			"host example.org":      `^in the filter: .*names are looked up only with --resolve`,
		} {
			p := &program{t: t, cmd: exec.Command("portsniff", "extcap", "--extcap-interface",
				"portsniff-v1", "--extcap-capture-filter", filter), ended: make(chan error, 1)}
			p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
			p.run()
			p.end(0)
			matches(t, filter, p.out.String(), want)
			matches(t, filter, p.errs.String(), `^$`)
		}
	})
}

// TestExtcapErrors checks that mistakes in the command line go to standard error.
func TestExtcapErrors(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, _ *testkit.Sender) {
		fifo := filepath.Join(t.TempDir(), "out")
		if err := os.WriteFile(fifo, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		v1 := []string{"--extcap-interface", "portsniff-v1"}
		for _, c := range []struct {
			args   []string
			status int
			want   string
		}{
			{nil, exitUsage, `--extcap-interface is missing`},
			{[]string{"--extcap-dlts"}, exitUsage, `--extcap-interface is missing`},
			{[]string{"eth0"}, exitUsage, `unknown command or argument "eth0"`},
			{[]string{"--extcap-dlts", "--extcap-interface", "v1"}, exitUsage,
				`its name begins with portsniff-`},
			{[]string{"--extcap-dlts", "--extcap-interface", "portsniff-v9"}, exitUsage,
				`v9: no such interface`},
			{v1, exitUsage, `needs one of --extcap-dlts`},
			{append(v1, "--capture"), exitUsage, `--capture needs --fifo FILE`},
			{append(v1, "--capture", "--fifo", ""), exitUsage, `--fifo has an empty value`},
			{append(v1, "--capture", "--fifo", fifo, "--comments", "all"), exitUsage,
				`--comments "all": use process, ports or none`},
			{append(v1, "--capture", "--fifo", fifo+".gone"), exitFailed, `no such file`},
			{append(v1, "--capture", "--fifo", fifo, "--snapshot-length", "-1"), exitUsage,
				`-s -1: use 0 to 262144 bytes`},
			{append(v1, "--capture", "--fifo", fifo, "--extcap-capture-filter", "tcp prt 1"),
				exitUsage, `in the filter: "prt"`},
		} {
			p := &program{t: t, cmd: exec.Command("portsniff", append([]string{"extcap"},
				c.args...)...), ended: make(chan error, 1)}
			p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
			p.run()
			p.end(c.status)
			matches(t, fmt.Sprint(c.args), p.errs.String(), c.want)
			matches(t, fmt.Sprint(c.args), p.out.String(), `^$`)
		}
	})
}

// TestExtcapNames checks that an interface is listed by its number if Wireshark could not read its
// name.
func TestExtcapNames(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Output(t, "ip link add name a{b=c} type veth peer name v1")
		list := testkit.Output(t, "portsniff extcap --extcap-interfaces --extcap-version=4.0")
		m := regexp.MustCompile(`(?m)^interface \{value=(portsniff-\d+)\}` +
			`\{display=a\(b=c\) with ports and processes\}$`).FindStringSubmatch(list)
		if m == nil {
			t.Fatal(list)
		}
		matches(t, "the list", list, `^extcap \{version=[^{}]+\}\{help=https://[^{}]+\}\n`)
		dlts := testkit.Output(t, "portsniff extcap --extcap-dlts --extcap-interface "+m[1])
		if dlts != "dlt {number=1}{name=EN10MB}{display=EN10MB}\n" {
			t.Error(dlts)
		}
	})
}

// isSet parses a flag of tshark's output: "1", or "True" since version 4.2.
func isSet(flag string) bool { return flag == "1" || strings.EqualFold(flag, "true") }
