package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
)

// outputs lists command lines that write to standard output: all commands, each in every format.
var outputs = []string{
	"portsniff -r $services", "portsniff -r $services -l", "portsniff -r $services --format json",
	"portsniff -r $services --format csv", "portsniff -r $services -xx",
	"portsniff -r $services -vv", "portsniff -q -r $services",
	"portsniff -q -r $services --format csv", "portsniff -r $services -w -", "portsniff -D",
	"portsniff -d tcp",
	"portsniff -ddd -r $services tcp", "portsniff --help",
	"portsniff -r $services -w /dev/null --print",
	"portsniff ports -r $services", "portsniff ports -r $services --wide --format json",
	"portsniff ports -r $services --format csv", "portsniff ports -r $services --every 1s",
	"portsniff flows -r $services", "portsniff flows -r $services --format json",
	"portsniff flows -r $services --format csv",
	"portsniff services -r $services", "portsniff services -r $services --format json",
	"portsniff services -r $services --format csv",
	"portsniff hosts -r $services", "portsniff hosts -r $services --format json",
	"portsniff hosts -r $services --format csv",
	"portsniff top -r $services --once",
	"portsniff schema clickhouse", "portsniff schema duckdb $store", "portsniff config",
	"portsniff extcap --extcap-interfaces",
	"portsniff extcap --extcap-config --extcap-interface portsniff-lo",
	"portsniff lookup https", "portsniff lookup 1-1023 --format json",
	"portsniff lookup 443 --format csv",
	"portsniff listeners", "portsniff listeners --format csv", "portsniff interfaces",
	"portsniff interfaces --format json", "portsniff interfaces --format csv",
	"portsniff explain -r $services", "portsniff explain -r $services -f 1-20",
	"portsniff explain -r $services --format json", "portsniff explain -r $services --format svg",
	"portsniff explain -r $services --format mermaid", "portsniff explain -r $services --plain",
	"portsniff explain --demo http --compare 1 2", "portsniff explain --as tcp c93a01bb",
	"portsniff quiz -r $services", "portsniff quiz -r $services --format json",
	"portsniff quiz -r $services --format worksheet",
	"portsniff quiz -r $services --format worksheet --key",
	"portsniff quiz -r $services --answers $class", "portsniff quiz -r $services --format html",
	"portsniff report -r $services", "portsniff report -r $services -o -",
	"portsniff demo", "portsniff demo http", "portsniff demo --format json",
	"portsniff demo --format csv",
	"portsniff version", "portsniff completion bash", "portsniff completion zsh",
	"portsniff completion fish", "portsniff completion powershell",
	"portsniff help", "portsniff help ports", "portsniff man --help", "portsniff ship --help",
	"portsniff completion --help",
	serveRow,
}

// serveRow is a command line that keeps running after it has written all its output.
const serveRow = "portsniff serve -r $services --listen 127.0.0.1:0"

// faulty returns the program of a row, which must end within a time limit.
func faulty(t *testing.T, row, dir string) *exec.Cmd {
	t.Helper()
	class := filepath.Join(t.TempDir(), "class.csv")
	if err := os.WriteFile(class, []byte("name,q1\nA,80\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	if err := os.Mkdir(filepath.Join(empty, "inputs"), 0o700); err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("$services", "../../pcaps/services.pcap", "$class", class, "$dir",
		dir, "$store", empty)
	var args []string
	for _, word := range strings.Fields(row)[1:] {
		args = append(args, names.Replace(word))
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
	return cmd
}

// TestEveryCommandHasOutputRow checks that every command has a row.
func TestEveryCommandHasOutputRow(t *testing.T) {
	rows := slices.Concat(outputs, exports)
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		has := func(row string) bool { return strings.HasPrefix(row+" ", c.CommandPath()+" ") }
		if c.Runnable() && !slices.ContainsFunc(rows, has) {
			t.Errorf("%s: there is no row", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot())
}

// TestOutputToFullDevice checks that a full output device gives status 1 and an error that names
// the failure.
func TestOutputToFullDevice(t *testing.T) {
	for _, row := range outputs {
		t.Run(row, func(t *testing.T) {
			t.Parallel()
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer full.Close()
			cmd := faulty(t, row, "")
			var errs strings.Builder
			cmd.Stdout, cmd.Stderr = full, &errs
			err = cmd.Run()
			if cmd.ProcessState.ExitCode() != exitFailed ||
				!strings.Contains(errs.String(), "portsniff: writing the output: ") ||
				!strings.Contains(errs.String(), "no space left on device") {
				t.Errorf("%v: %q", err, errs.String())
			}
		})
	}
}

// TestOutputToClosedPipe checks that the program ends without an error if the reader closes the
// pipe.
func TestOutputToClosedPipe(t *testing.T) {
	for _, row := range outputs {
		for _, taken := range []int64{0, 1} { // bytes that the reader reads first
			if row == serveRow && taken > 0 {
				continue
			}
			t.Run(row, func(t *testing.T) {
				t.Parallel()
				cmd := faulty(t, row, "")
				var errs strings.Builder
				// A program that another test starts now would inherit the reading end, until it
				// calls exec.
				syscall.ForkLock.RLock()
				r, w, err := os.Pipe()
				if err == nil && taken == 0 {
					err = r.Close()
				}
				syscall.ForkLock.RUnlock()
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				cmd.Stdout, cmd.Stderr = w, &errs
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if taken > 0 {
					if _, err := io.CopyN(io.Discard, r, taken); err != nil {
						t.Error(err)
					}
					if err := r.Close(); err != nil {
						t.Error(err)
					}
				}
				err = cmd.Wait()
				status := cmd.ProcessState.Sys().(syscall.WaitStatus)
				quiet := status.Signaled() && status.Signal() == syscall.SIGPIPE
				if whole := taken > 0 && err == nil; !quiet && !whole ||
					strings.Contains(errs.String(), "pipe") ||
					strings.Contains(errs.String(), "writing") {
					t.Errorf("%v: %q", err, errs.String())
				}
			})
		}
	}
}

// exports lists command lines that create files in the folder $dir.
var exports = []string{
	"portsniff explain -r $services -f 1-20 --format svg -o $dir/out",
	"portsniff report -r $services -o $dir/out/page.html",
	"portsniff quiz -r $services --format html -o $dir/out/quiz.html",
	"portsniff man $dir/out",
	"portsniff export -r $services -o $dir/out",
	"portsniff -r $services -w $dir/out/a.pcap",
	"portsniff -r $services -w $dir/out/a.pcapng --comment",
	"portsniff -r $services -w $dir/out/a.pcap -C 1",
}

// fullScript runs a command in its own mount namespace. The folder $1 is a tmpfs of 1 MiB with one
// free page. It then copies the files of the folder to $2.
const fullScript = `mount -t tmpfs -o size=1m tmpfs "$1" && mkdir "$1/out" &&
  head -c 1044480 /dev/zero >"$1/fill" || exit 9
dir=$1 copy=$2; shift 2; "$@"; status=$?
cp "$dir"/out/.[!.]* "$dir"/out/* "$copy" 2>&-; exit $status`

// TestOutputToFullFileSystem checks that a full file system gives status 1 and an error that names
// the failure. No incomplete file remains, except that the file of -w contains only whole packets.
func TestOutputToFullFileSystem(t *testing.T) {
	requireRoot(t)
	for _, row := range exports {
		t.Run(row, func(t *testing.T) {
			t.Parallel()
			whole, dir, copied := t.TempDir(), t.TempDir(), t.TempDir()
			if err := os.Mkdir(filepath.Join(whole, "out"), 0o777); err != nil {
				t.Fatal(err)
			}
			if out, err := faulty(t, row, whole).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			cmd := faulty(t, row, dir)
			args := append([]string{"-m", "sh", "-c", fullScript, "sh", dir, copied}, cmd.Args...)
			full := exec.CommandContext(t.Context(), "unshare", args...)
			full.Env = cmd.Env
			errs, err := full.CombinedOutput()
			if full.ProcessState.ExitCode() != exitFailed ||
				!strings.Contains(string(errs), "no space left on device") ||
				!strings.Contains(string(errs), dir+"/out") {
				t.Errorf("%v: %q", err, errs)
			}
			left, err := os.ReadDir(copied)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range left {
				onlyWhole(t, row, filepath.Join(copied, e.Name()),
					filepath.Join(whole, "out", e.Name()))
			}
			if strings.Contains(row, " -w ") == (len(left) == 0) && !strings.Contains(row, "man") {
				t.Errorf("%d files", len(left))
			}
		})
	}
}

// onlyWhole checks that a file equals the one on a disk with free space. A file of packets must
// contain some of the packets, all complete.
func onlyWhole(t *testing.T, row, got, want string) {
	t.Helper()
	if strings.Contains(row, " -w ") {
		if text := run(t, "-q", "-r", got); !strings.Contains(text, " packets, ") {
			t.Errorf("what was written: %s", text)
		}
		return
	}
	a, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(want)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("%s has %d bytes of %d: %v", got, len(a), len(b), err)
	}
}
