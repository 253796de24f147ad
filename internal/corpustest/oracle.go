// Package corpustest provides independent data for tests to compare with: other programs, and real
// captures. If something is missing, a test is skipped with a prominent message. With
// PORTSNIFF_REQUIRE_ORACLES=1 it fails. Every machine that decides whether a change is good sets
// this variable.
package corpustest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Environment variables: the folder of real captures, the folder of small inputs from bug reports,
// and whether a missing folder or program makes a test fail.
const (
	CorpusEnv  = "PORTSNIFF_CORPUS"
	CasesEnv   = "PORTSNIFF_CASES"
	RequireEnv = "PORTSNIFF_REQUIRE_ORACLES"
)

// Missing ends a test that lacks something; why names it and the skipped comparison.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv(RequireEnv) == "1" {
		t.Fatal(why)
	}
	t.Skip("SKIPPED: " + why)
}

// Tool returns the path of a program to compare with.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is not installed, nothing was compared with it")
	}
	return path
}

// Corpus returns the folder of real captures. It may be missing even where programs are required,
// because it belongs to other projects and cannot be installed.
func Corpus(t testing.TB) string {
	t.Helper()
	root := os.Getenv(CorpusEnv)
	if root == "" {
		t.Skip("SKIPPED: " + CorpusEnv + " is not set, nothing was compared on real captures")
	}
	return filepath.Join(root, "files")
}

// Cases returns the folder of small inputs from public bug reports. Like the captures, it belongs
// to others and may be missing.
func Cases(t testing.TB) string {
	t.Helper()
	root := os.Getenv(CasesEnv)
	if root == "" {
		t.Skip("SKIPPED: " + CasesEnv + " is not set, no input from bug reports was tried")
	}
	return root
}
