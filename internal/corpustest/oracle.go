// Package corpustest is where tests find what they compare with that is not this program: other
// programs, and real captures. What is missing skips a test in words that cannot be overlooked, or
// fails it where the environment has PORTSNIFF_REQUIRE_ORACLES=1, as every machine does that
// decides whether a change is good.
package corpustest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Environment variables: the folder of real captures, the folder of small inputs from bug reports,
// and whether a missing one or a missing program fails a test.
const (
	CorpusEnv  = "PORTSNIFF_CORPUS"
	CasesEnv   = "PORTSNIFF_CASES"
	RequireEnv = "PORTSNIFF_REQUIRE_ORACLES"
)

// Missing ends a test that lacks something; why says what, and what was not compared because of it.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv(RequireEnv) == "1" {
		t.Fatal(why)
	}
	t.Skip("SKIPPED: " + why)
}

// Tool is the path of a program to compare with.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is not installed, nothing was compared with it")
	}
	return path
}

// Corpus is the folder of real captures. It alone may be missing where programs must be there: it
// belongs to other projects and cannot be installed.
func Corpus(t testing.TB) string {
	t.Helper()
	root := os.Getenv(CorpusEnv)
	if root == "" {
		t.Skip("SKIPPED: " + CorpusEnv + " is not set, nothing was compared on real captures")
	}
	return filepath.Join(root, "files")
}

// Cases is the folder of small inputs made after public bug reports. Like the captures it belongs
// to others and may be missing.
func Cases(t testing.TB) string {
	t.Helper()
	root := os.Getenv(CasesEnv)
	if root == "" {
		t.Skip("SKIPPED: " + CasesEnv + " is not set, no input from bug reports was tried")
	}
	return root
}
