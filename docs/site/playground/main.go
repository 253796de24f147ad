// Command playground makes the folder of the playground: index.html and portsniff.wasm.gz. Any
// static web server can serve it.
//
//	go run ./docs/site/playground FOLDER
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/portsniff/portsniff/internal/page"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./docs/site/playground FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "playground:", err)
		os.Exit(1)
	}
}

// write writes the files of the playground to a folder.
func write(folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	wasm, err := build()
	if err != nil {
		return err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	support, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm",
		"wasm_exec.js"))
	if err != nil {
		return err
	}
	var html, packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = z.Write(wasm)
	if err := errors.Join(err, z.Close(),
		page.WritePlayground(&html, string(support))); err != nil {
		return err
	}
	fmt.Printf("portsniff.wasm.gz: %d bytes, unpacked %d\n", packed.Len(), len(wasm))
	return errors.Join(os.WriteFile(filepath.Join(folder, "index.html"), html.Bytes(), 0o666),
		os.WriteFile(filepath.Join(folder, "portsniff.wasm.gz"), packed.Bytes(), 0o666))
}

// build compiles the decoder to WebAssembly.
func build() ([]byte, error) {
	dir, err := os.MkdirTemp("", "playground")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "portsniff.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", name,
		"github.com/portsniff/portsniff/cmd/playground")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go build: %w", err)
	}
	return os.ReadFile(name)
}
