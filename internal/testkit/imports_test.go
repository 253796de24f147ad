package testkit_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/portsniff/portsniff/"

// layers are the packages of the program from the bottom up. A package imports only packages of
// lower layers.
var layers = []string{
	"linktype internal/textutil internal/sandbox internal/timezone internal/hexdump " +
		"internal/clickhouse",
	"capture decode filter pcaps internal/term internal/outfile",
	"capture/live capture/pcapfile annotate internal/sockets internal/communityid " +
		"internal/anonymize",
	"internal/flow internal/selection/where",
	"internal/analysis internal/store internal/hosts",
	"internal/selection internal/render internal/records internal/metrics internal/extcap",
	"internal/ipfix internal/explain internal/quiz internal/pipeline internal/ship",
	"internal/page internal/top internal/cli internal/packetfile",
	"internal/web internal/watch internal/playground",
	"cmd/portsniff",
}

// tools are folders whose packages are not part of the program.
var tools = []string{"bench/", "pcaps/make/", "annotate/gen", "docs/site/",
	"internal/testkit", "internal/corpustest"}

func TestImportsPointDown(t *testing.T) {
	layer := map[string]int{}
	for i, names := range layers {
		for _, name := range strings.Fields(names) {
			layer[name] = i
		}
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+
		"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		name, ok := strings.CutPrefix(words[0], module)
		if !ok || isTool(name) {
			continue
		}
		own, ok := layer[name]
		if !ok {
			t.Errorf("%s is in no layer", name)
			continue
		}
		seen++
		for _, path := range words[1:] {
			if imported, ok := strings.CutPrefix(path, module); ok &&
				(isTool(imported) || layer[imported] >= own) {
				t.Errorf("%s imports %s, which is not below it", name, imported)
			}
		}
	}
	if seen != len(layer) {
		t.Errorf("%d packages of %d were looked at", seen, len(layer))
	}
}

// TestPlaygroundHasNoHTTP checks that the decoder for browsers contains no HTTP and no TLS. A
// browser has both, and they were an eighth of what a reader of the playground downloads.
func TestPlaygroundHasNoHTTP(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", module+"internal/playground")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, module+"decode") {
		t.Errorf("no decoder among %d packages", len(deps))
	}
	for _, unwanted := range []string{"net/http", "crypto/tls"} {
		if slices.Contains(deps, unwanted) {
			t.Errorf("the playground contains %s", unwanted)
		}
	}
}

func isTool(name string) bool {
	for _, prefix := range tools {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
