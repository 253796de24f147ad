package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit"
)

// look runs the program with additional environment variables, checks its output, and returns it.
func look(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), "PORTSNIFF_TEST_MAIN=1"), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // most runs fail
	for _, text := range []string{out.String(), errs.String()} {
		if why := obeyed(text); why != "" {
			t.Errorf("%q: %s", args, why)
		}
	}
	return out.String() + errs.String()
}

// TestHostileEnvironment checks that no environment variable can put control characters or forged
// lines into the output.
func TestHostileEnvironment(t *testing.T) {
	t.Parallel()
	var all []string
	for _, name := range []string{"TZ", "TERM", "COLORTERM", "NO_COLOR", "CLICOLOR", "LANG",
		"LC_ALL",
		"SUDO_UID", "SUDO_GID", "SUDO_USER", "HOME", "USER", "TMPDIR", "COLUMNS", "LINES", "GOGC",
		"GODEBUG"} {
		all = append(all, name+"="+hostile)
	}
	for _, env := range [][]string{all, all[:1], all[1:2], all[7:9]} {
		for _, args := range []string{"--demo http", "report --demo http",
			"--demo http -tttt -e -v",
			"listeners", "interfaces", "version", "-i missing", "--demo http -w - --format csv"} {
			look(t, env, strings.Fields(args)...)
		}
	}
	if text := look(t, []string{"TZ=" + hostile}, "--demo", "http", "-c",
		"1"); !strings.Contains(text, `\x1b`) {
		t.Errorf("no message about the zone: %q", text)
	}
}

// TestHostileUser checks that an unknown user name of -Z cannot forge a line.
func TestHostileUser(t *testing.T) {
	requireRoot(t)
	t.Chdir(t.TempDir())
	for _, line := range []string{"--demo http", "-i lo -c 1", "ports -i lo -c 1",
		"--demo http -w a.pcap -C 1", "report --demo http -o page"} {
		args := strings.Fields(line)
		if text := look(t, nil, append(args, "-Z", hostile)...); !strings.Contains(text,
			`unknown user x\x1b[31m`) {
			t.Errorf("%q: %q", args, text)
		}
	}
}

// named matches the escaped name of the process in text and in JSON.
var named = regexp.MustCompile(`x\\+(x|u00)1b\[`)

// TestHostileProcessNames checks the output for processes and files with hostile names.
func TestHostileProcessNames(t *testing.T) {
	name, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/proc/self/comm", []byte("x\x1b[2J\u202e\nforged"), 0); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.WriteFile("/proc/self/comm", bytes.TrimSpace(name), 0); err != nil {
			t.Error(err)
		}
	}()
	liveTest(t, func(t *testing.T, _ *testkit.Sender) {
		testkit.Output(t, "ip link set lo up")
		server, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		conn, err := net.Dial("udp", server.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for _, args := range []string{"--width 0", "--format json", "--format csv"} {
			text := look(t, nil, append([]string{"listeners"}, strings.Fields(args)...)...)
			if !named.MatchString(text) {
				t.Errorf("listeners %s does not name the process: %q", args, text)
			}
		}
		for args, names := range map[string]bool{"--width 0": true, "-v": true,
			"--format json": false,
			"--format csv":  false, "-q": true, "ports": true, "flows --format csv": true,
			"hosts": false} {
			p := capturing(t, append(strings.Fields(args), "-i", "lo", "-c", "1")...)
			if _, err := conn.Write([]byte(hostile)); err != nil {
				t.Fatal(err)
			}
			p.end(0)
			text := p.out.String() + p.errs.String()
			if why := obeyed(p.out.String()) + obeyed(p.errs.String()); why != "" {
				t.Errorf("%s: %s", args, why)
			}
			if names && !named.MatchString(text) {
				t.Errorf("%s does not name the process: %q", args, text)
			}
		}
	})
}
