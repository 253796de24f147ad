package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/internal/cli"
)

// hostile is text that sets terminal colors with ESC and C1, reverses text direction and starts a
// new line. It is also invalid UTF-8.
const hostile = "x\x1b[31m\u009b32m\u202e\u2066\u200b\nforged\r\a\x7f\x80\xff\u2028y"

// obeyed returns what a terminal would execute in a text, or a forged line; "" for neither.
func obeyed(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimPrefix(line, "portsniff: "), "forged") {
			return fmt.Sprintf("a forged line: %.200q", text)
		}
		for i, r := range line {
			_, n := utf8.DecodeRuneInString(line[i:])
			if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) && r != '\t' {
				return fmt.Sprintf("the byte %#x in %.80q", line[i], line[max(0, i-40):])
			}
		}
	}
	return ""
}

// harmless runs a command and checks all its output.
func harmless(t *testing.T, stdin string, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errs)
	if cmd, err := root.ExecuteContextC(context.Background()); err != nil {
		cli.Complain(&errs, cmd.CommandPath(), err)
	}
	text := out.String()
	if slices.Contains(args, "-A") { // -A keeps line breaks of the payload, like tcpdump
		text = strings.ReplaceAll(text, "\nforged", "")
	}
	for _, text := range []string{text, errs.String()} {
		if why := obeyed(text); why != "" {
			t.Errorf("%q: %s", args, why)
		}
	}
}

func allCommands(cmd *cobra.Command) (list []*cobra.Command) {
	list = append(list, cmd)
	for _, sub := range cmd.Commands() {
		list = append(list, allCommands(sub)...)
	}
	return list
}

// TestHostileFlags sets hostile values for every flag of every command, with hostile arguments. No
// output may contain control characters or forged lines.
func TestHostileFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, cmd := range allCommands(newRoot()) {
		path := strings.Fields(cmd.CommandPath())[1:]
		bases := [][]string{nil, {"--demo", "http"}}
		if cmd.Name() == "serve" {
			bases = bases[:1] // with an input, serve would run until stopped
		}
		for _, base := range bases {
			with := func(more ...string) {
				harmless(t, hostile,
					slices.Concat(path, base, more)...)
			}
			cmd.Flags().VisitAll(func(f *pflag.Flag) {
				with("--" + f.Name + "=" + hostile)
				if f.Shorthand != "" {
					with("-" + f.Shorthand + hostile)
				}
			})
			with(hostile)
			with("--", hostile, hostile)
			with("--" + hostile)
			with("--" + hostile + "=1")
			with("-" + hostile)
		}
	}
}

// readers lists the commands that read captures, in all output formats.
var readers = []string{
	"", "-vv -e -X", "-x -A -#", "--format json", "--format csv", "-q", "--unicode",
	"ports --wide", "ports --format json", "ports --format csv", "flows", "flows --format json",
	"flows --format csv", "hosts", "hosts --format json", "hosts --format csv", "hosts --pairs",
	"services", "services --format json", "services --format csv",
	"explain -vv -f 1-5",
	"explain --plain -f 1-5", "explain --format json -f 1-5", "explain --format svg -f 1-5",
	"explain --format mermaid -f 1-5", "report -o -", "quiz --format html -o -",
	"quiz --format json",
	"quiz --format worksheet", "quiz", "-w again.pcapng --comment --print", "-d tcp",
	"--where len>1", "-w again.pcap -C 1", "serve",
}

// TestHostileFileNames checks the output for files with hostile names: good and damaged files, for
// every use of a file.
func TestHostileFileNames(t *testing.T) {
	good, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"good":     string(good),
		"cut":      string(good[:400]),
		"text":     hostile + "\n" + hostile,
		"empty":    "",
		"damaged":  string(good[:24]) + hostile + hostile + hostile,
		"packed":   "\x1f\x8b\x08" + hostile,
		"filter":   "tcp # " + hostile,
		"mistake":  "tcp and " + hostile,
		"answers":  hostile + ",1,2\n" + hostile + ",a\n",
		"unwanted": "",
	} {
		if err := os.WriteFile(name+hostile, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("folder"+hostile, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"good", "cut", "text", "empty", "damaged", "packed", "folder",
		"missing"} {
		for _, command := range readers {
			if command == "serve" && (kind == "good" || kind == "cut" || kind == "empty") {
				continue // it would start serving
			}
			harmless(t, "", append(strings.Fields(command), "-r", kind+hostile)...)
		}
		harmless(t, "", kind+hostile)
		for _, flag := range []string{"-F", "-w"} {
			harmless(t, "", "-r", "good"+hostile, flag, kind+hostile)
		}
		harmless(t, "", "quiz", "--demo", "http", "--answers", kind+hostile)
		harmless(t, "", "report", "--demo", "http", "-o", filepath.Join("missing", kind+hostile))
		harmless(t, "", "report", "--demo", "http", "-o", kind+hostile)
		harmless(t, "", "report", "-r", "good"+hostile, "-o", "good"+hostile)
		harmless(t, "", "explain", "--demo", "http", "--format", "svg", "-o",
			kind+hostile)
		harmless(t, "", "man", kind+hostile)
	}
	for _, name := range []string{"filter", "mistake"} {
		harmless(t, "", "--demo", "http", "-F", name+hostile)
	}
	harmless(t, "", "quiz", "--demo", "http", "--answers", "answers"+hostile)
}

// TestHostileStandardInput checks the output for hostile text from standard input.
func TestHostileStandardInput(t *testing.T) {
	for _, args := range []string{"-r -", "report -r -", "explain", "explain --format svg",
		"quiz --demo http", "quiz --demo http --answers -", "--demo http -F -"} {
		for _, text := range []string{hostile, "0000  45 00 " + hostile,
			"80" + hostile + "\n" + hostile + "\n"} {
			harmless(t, text, strings.Fields(args)...)
		}
	}
}

// TestHostileCapture checks the output for a capture with hostile strings.
func TestHostileCapture(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("hostile.pcapng", hostileCapture(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range readers[:len(readers)-1] { // without serve
		harmless(t, "", append(strings.Fields(command), "-r", "hostile.pcapng")...)
	}
}

// hostileCapture returns a pcapng file with hostile text in all text fields: names, addresses,
// comments, secrets and packet data.
func hostileCapture() []byte {
	var file []byte
	block := func(kind uint32, body []byte) {
		body = append(body, make([]byte, -len(body)&3)...)
		size := uint32(len(body) + 12)
		file = binary.LittleEndian.AppendUint32(file, kind)
		file = binary.LittleEndian.AppendUint32(file, size)
		file = append(file, body...)
		file = binary.LittleEndian.AppendUint32(file, size)
	}
	options := func(codes ...uint16) (b []byte) {
		for _, code := range codes {
			value := hostile
			if code == 11 { // if_filter: text of libpcap
				value = "\x00" + value
			}
			b = binary.LittleEndian.AppendUint16(b, code)
			b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
			b = append(append(b, value...), make([]byte, -len(value)&3)...)
		}
		return append(b, 0, 0, 0, 0)
	}
	words := func(list ...uint32) (b []byte) {
		for _, w := range list {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		return b
	}
	const comment = 1
	section := words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff)
	block(0x0a0d0d0a, append(section, options(comment, 2, 3, 4)...))
	ethernet := words(1, 0)
	block(1, append(ethernet, options(comment, 2, 3, 11, 12, 15)...))
	record := append([]byte{192, 0, 2, 1}, hostile+"\x00"...)
	names := append(binary.LittleEndian.AppendUint16([]byte{1, 0}, uint16(len(record))), record...)
	names = append(names, make([]byte, -len(record)&3)...)
	block(4, append(append(names, 0, 0, 0, 0), options(comment, 2)...))
	for _, payload := range []string{hostile, "GET /" + hostile + " HTTP/1.1\r\nHost: " + hostile,
		"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x28" + hostile + "\x00\x00\x01\x00\x01",
		"SSH-2.0-" + hostile + "\r\n"} {
		for _, port := range []uint16{53, 80, 22, 5353, 67} {
			frame := udpFrame(port, 40000, payload)
			size := uint32(len(frame))
			body := append(words(0, 0x00060000, 0, size, size), frame...)
			body = append(body, make([]byte, -len(frame)&3)...)
			block(6, append(body, options(comment, comment)...))
		}
	}
	block(0x0bad, append(words(32473), hostile...))
	return file
}
