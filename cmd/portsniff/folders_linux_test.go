package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit"
)

// TestFoldersAreInaccessible checks the rights of code in the sandbox, for root and other users. It
// cannot read, create, rename or remove anything in the output folder or below it. The output files
// must still be created.
func TestFoldersAreInaccessible(t *testing.T) {
	t.Parallel()
	capture, err := filepath.Abs("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ args, made string }{
		{"report -r $in -o $dir/page.html", "page.html"},
		{"quiz -r $in --format html -o $dir/quiz.html", "quiz.html"},
		{"explain -r $in -f 1-3 --format svg -o $dir", "frame1-1-eth.svg"},
		{"-r $in -w $dir/one.pcap", "one.pcap"},
		{"-r $in -w $dir/size.pcap -C 1", "size.pcap"},
		{"-r $in -w $dir/%Y-%s.pcap -G 1", "*-*.pcap"},
		{"-r $in -w $dir/%Y-%s.pcap -G 1 -Z root", "*-*.pcap"},
	} {
		if os.Geteuid() != 0 && strings.Contains(row.args, "-Z") {
			continue
		}
		t.Run(row.made, func(t *testing.T) {
			p, dir := inside(t, strings.ReplaceAll(row.args, "$in", capture))
			p.run()
			p.end(0)
			outOfReach(t, p, dir, row.made)
		})
	}
}

// TestLiveFoldersAreInaccessible checks the same during a capture.
func TestLiveFoldersAreInaccessible(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ args, made string }{
		{"-i v1 -c 2 -w $dir/one.pcap", "one.pcap"},
		{"-i v1 -c 2 -w $dir/size.pcap -C 1 -W 3", "size.pcap0"},
		{"-i v1 -c 2 -w $dir/%s.pcap -G 60", "*.pcap"},
	} {
		t.Run(row.made, func(t *testing.T) {
			liveTest(t, func(t *testing.T, s *testkit.Sender) {
				p, dir := inside(t, row.args)
				p.start()
				s.Send(udpFrame(40000, 53, "one"), udpFrame(40001, 53, "two"))
				p.end(0)
				outOfReach(t, p, dir, row.made)
			})
		})
	}
}

// inside starts a program that tests its rights inside the sandbox, in a folder with existing
// files.
func inside(t *testing.T, args string) (p *program, dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sibling", "sub/kept"} {
		create(t, filepath.Join(dir, name))
	}
	words := strings.Fields(strings.ReplaceAll(args, "$dir", dir) + " --sandbox require")
	p = &program{t: t, cmd: exec.Command("portsniff", words...), ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), insideEnv+"="+dir)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	return p, dir
}

// outOfReach checks that all attempts were refused, and that the output file exists.
func outOfReach(t *testing.T, p *program, dir, made string) {
	t.Helper()
	const tries = 13
	found := regexp.MustCompile(`(?m)^inside: (.*): (.*)$`).FindAllStringSubmatch(p.errs.String(),
		-1)
	if len(found) != tries {
		t.Errorf("%d things were tried: %s", len(found), p.errs.String())
	}
	for _, f := range found {
		if f[2] != "operation not permitted" && f[2] != "permission denied" {
			t.Errorf("%s: %s", f[1], f[2])
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, made))
	if err != nil || len(files) != 1 {
		t.Errorf("%s: %v, %v", made, files, err)
	}
	for _, name := range []string{"sibling", "sub/kept"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
