package cli_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/portsniff/portsniff/internal/cli"
)

// TestSizes checks that a size is a number with an optional unit, and that values over 64 bits are
// rejected.
func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "64k": 64 << 10, "3M": 3 << 20,
		"64G": 64 << 30, "8589934591G": 8589934591 << 30, "0": -1, "8589934592G": -1,
		"99999999999999999999": -1, "-1": -1, "": -1, "k": -1, "1T": -1} {
		var b cli.Size
		err := b.Set(text)
		if (err != nil) != (want < 0) || err == nil && int64(b) != want {
			t.Errorf("%q is %d, %v", text, b, err)
		}
	}
	var l cli.SizeLimit
	if err := l.Set("0"); err != nil || l != 0 || l.String() != "0" {
		t.Errorf("0 is %v, %v", l, err)
	}
}

// placed is a mistake of another package, with a second line that marks the position.
type placed struct{ error }

func (placed) Mistake()        {}
func (placed) Lines() []string { return []string{`tcp and prot\a`, "        ^"} }

func TestComplain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, taken := net.Listen("tcp", l.Addr().String())
	unknown := &net.OpError{Op: "dial", Net: "udp", Err: &net.DNSError{Err: "no such host",
		Name: "nohost.invalid", Server: "192.0.2.53:53"}}
	missing := &fs.PathError{Op: "open", Path: "no/such", Err: syscall.ENOENT}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"one":          {errors.New("it broke"), "portsniff: it broke\n"},
		"forged lines": {errors.New("a\nportsniff: b\x1b"), "portsniff: a\\nportsniff: b\\x1b\n"},
		"several": {errors.Join(errors.New("a"), errors.Join(errors.New("b"), missing)),
			"portsniff: a\nportsniff: b\nportsniff: no/such: there is no folder no\n"},
		"address": {fmt.Errorf("--to: %w", taken),
			"portsniff: --to: " + l.Addr().String() + ": address already in use\n"},
		"name": {cli.Wrongf("--to %w", unknown),
			"portsniff: --to nohost.invalid: no such host\n" +
				"portsniff: see portsniff ports --help\n"},
		"mistake": {cli.Wrongf("--x %q", "y\n"),
			"portsniff: --x \"y\\n\"\nportsniff: see portsniff ports --help\n"},
		"mistake of another command": {&cli.Mistake{Err: errors.New("a"), Command: "portsniff"},
			"portsniff: a\nportsniff: see portsniff --help\n"},
		"mistake with a place": {placed{errors.New("x")}, "portsniff: tcp and prot\\a\n" +
			"portsniff:         ^\nportsniff: see portsniff ports --help\n"},
		"hint": {cli.Wrong(cli.Hinted(errors.New("a"), "or b?")),
			"portsniff: a\nportsniff: or b?\nportsniff: see portsniff ports --help\n"},
		"hints for a mistake with a place": {
			cli.Wrong(cli.Hinted(cli.Hinted(placed{errors.New("x")}, "b"), "or c?")),
			"portsniff: tcp and prot\\a\nportsniff:         ^\n" +
				"portsniff: b\nportsniff: or c?\nportsniff: see portsniff ports --help\n"},
		"hint of a cause": {errors.Join(fmt.Errorf("c\n: %w", cli.Hinted(errors.New("a"), "b"))),
			"portsniff: c\\n: a\nportsniff: b\n"},
	} {
		var b strings.Builder
		cli.Complain(&b, "portsniff ports", c.err)
		if b.String() != c.want {
			t.Errorf("%s: %q, want %q", name, b.String(), c.want)
		}
	}
	if cli.IsMistake(missing) || !cli.IsMistake(errors.Join(missing, placed{errors.New("x")})) {
		t.Error("IsMistake")
	}
}

func TestOneOf(t *testing.T) {
	for want, list := range map[string][]string{
		`--by "x": use a or b`:       {"a", "b"},
		`--by "x": use a, b, c or d`: {"a", "b", "c", "d"},
	} {
		if err := cli.OneOf("--by", "x", list); err.Error() != want || !cli.IsMistake(err) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
