package main

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/testkit"
)

// shipStore creates a store of some samples, and returns the arguments that send it to a server.
func shipStore(t *testing.T, url string, samples ...string) (dir string, args []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "store")
	export := []string{"export", "-o", dir}
	for _, name := range samples {
		export = append(export, "-r", "../../pcaps/"+name+".pcap")
	}
	run(t, export...)
	return dir, []string{"ship", dir, "--to", url}
}

// shipped runs the program and returns its output and status.
func shipped(args ...string) (out, errs string, status int) {
	cmd := exec.Command("portsniff", args...)
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	_ = cmd.Run() // the status shows the error
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// TestShip checks that everything is sent inside the sandbox, over IPv4 and by host name, and
// nothing the second time.
func TestShip(t *testing.T) {
	t.Parallel()
	f := testkit.NewClickHouse(t)
	url := strings.Replace(f.URL, "127.0.0.1", "localhost", 1)
	dir, args := shipStore(t, url, "http", "dns")
	args = append(args, "--sandbox", strictest(t))
	out, errs, status := shipped(args...)
	if want := regexp.MustCompile(`^2 inputs sent: 8 files, \d+ bytes\n$`); status != 0 ||
		errs != "" || !want.MatchString(out) {
		t.Errorf("%d: %q, %q", status, out, errs)
	}
	f.Has(t, dir)
	if out, errs, status = shipped(args...); status != 0 || errs != "" ||
		out != "0 inputs sent: 0 files, 0 bytes\n" {
		t.Errorf("again: %d: %q, %q", status, out, errs)
	}
}

// TestShipPassword checks that user and password come from the environment and from files. They
// must not appear in the process list or in errors.
func TestShipPassword(t *testing.T) {
	f := testkit.NewClickHouse(t)
	f.SetFault(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-ClickHouse-Key") == "se:cret" {
			return false
		}
		http.Error(w, "Code: 516. DB::Exception: \x1b[31m"+r.Header.Get("X-ClickHouse-User")+
			": wrong password", http.StatusUnauthorized)
		return true
	})
	dir, args := shipStore(t, f.URL, "http")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("se:cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CLICKHOUSE_USER", "ana")
	t.Setenv("CLICKHOUSE_PASSWORD", "wrong")
	_, errs, status := shipped(args...)
	if status != cli.ExitFailed || !strings.Contains(errs, f.URL+`: look for input `) ||
		!strings.Contains(errs, `401: Code: 516. DB::Exception: \x1b[31mana: wrong password`) {
		t.Errorf("%d: %q", status, errs)
	}
	if _, errs, status = shipped(append(args, "--password-file", secret)...); status != 0 ||
		errs != "" {
		t.Errorf("%d: %q", status, errs)
	}
	f.Has(t, dir)
}

// TestShipCertificate checks that a server with an untrusted certificate gets nothing. With its CA
// it gets everything.
func TestShipCertificate(t *testing.T) {
	t.Parallel()
	f := testkit.NewClickHouse(t)
	s := httptest.NewUnstartedServer(f)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	dir, args := shipStore(t, s.URL, "http")
	if _, errs, status := shipped(args...); status != cli.ExitFailed ||
		!strings.Contains(errs, "certificate") || f.Asked() > 0 {
		t.Errorf("%d: %q, %d requests", status, errs, f.Asked())
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	args = append(args, "--ca", ca, "--sandbox", strictest(t))
	if _, errs, status := shipped(args...); status != 0 {
		t.Errorf("%d: %q", status, errs)
	}
	f.Has(t, dir)
}

// TestShipIsKilled kills the program and cuts the connections repeatedly. Nothing may be lost or
// stored twice.
func TestShipIsKilled(t *testing.T) {
	t.Parallel()
	f := testkit.NewClickHouse(t)
	f.SetFault(func(http.ResponseWriter, *http.Request) bool {
		time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond)
		return false
	})
	dir, args := shipStore(t, f.URL, "http", "dns", "services", "fragments", "sctp", "tunnels")
	for range 20 { // there are at least 30 requests
		cmd := exec.Command("portsniff", args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		running := true
		for until := f.Asked() + 1 + rand.IntN(4); running && f.Asked() < until; {
			select {
			case <-ended:
				running = false
			case <-time.After(time.Millisecond):
			}
		}
		if !running {
			break // everything is sent
		}
		if rand.IntN(3) == 0 {
			f.CloseClientConnections()
		}
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		<-ended
	}
	if _, errs, status := shipped(args...); status != 0 {
		t.Errorf("%d: %q", status, errs)
	}
	f.Has(t, dir)
}

// TestShipWatch checks --watch: the program continues, serves metrics, sends new inputs, and ends
// cleanly on a signal.
func TestShipWatch(t *testing.T) {
	t.Parallel()
	f := testkit.NewClickHouse(t)
	dir, args := shipStore(t, f.URL, "http")
	cmd := exec.Command("portsniff", append(args, "--watch", "--metrics", "127.0.0.1:0")...)
	notices, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }() // if it is still running
	var url string
	if _, err := fmt.Fscanf(notices, "portsniff: metrics at %s\n", &url); err != nil {
		t.Fatal(err)
	}
	sent := func(n int) {
		t.Helper()
		for range 600 {
			r, err := http.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r.Body)
			if err := errors.Join(err, r.Body.Close()); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), fmt.Sprintf("portsniff_ship_inputs_total %d\n", n)) &&
				strings.Contains(string(text), "portsniff_ship_waiting_inputs 0\n") {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Fatalf("%d inputs were not sent", n)
	}
	sent(1)
	run(t, "export", "-r", "../../pcaps/dns.pcap", "-o", dir)
	sent(2)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || !strings.HasPrefix(out.String(), "2 inputs sent: 8 files") {
		t.Errorf("%v: %q", err, &out)
	}
	f.Has(t, dir)
}

// TestShipToFullFileSystem checks a full file system of the store. The program cannot log what it
// sent and fails; the next run loses nothing.
func TestShipToFullFileSystem(t *testing.T) {
	requireRoot(t)
	f := testkit.NewClickHouse(t)
	dir, args := shipStore(t, f.URL, "http")
	// The free page holds the header of the log, but no line after it.
	const script = `mount -t tmpfs -o size=256k tmpfs "$1" && cp -r "$2" "$1/store" || exit 9
to=$1; shift 2; cat /dev/zero >"$to/fill" 2>&-; "$@"`
	mount := t.TempDir()
	args[1] = filepath.Join(mount, "store")
	full := exec.Command("unshare", append([]string{"-m", "sh", "-c", script, "sh", mount, dir,
		os.Args[0]}, args...)...)
	full.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
	errs, err := full.CombinedOutput()
	if full.ProcessState.ExitCode() != cli.ExitFailed ||
		!strings.Contains(string(errs), "no space left on device") {
		t.Errorf("%v: %q", err, errs)
	}
	args[1] = dir
	if _, errs, status := shipped(args...); status != 0 {
		t.Errorf("%d: %q", status, errs)
	}
	f.Has(t, dir)
}
