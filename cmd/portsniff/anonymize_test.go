package main_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestAnonymizeBlocks checks that no text of any pcapng block or option is left: names, comments,
// filters, TLS secrets, logs and unknown blocks. tshark reads the capture before and after.
func TestAnonymizeBlocks(t *testing.T) {
	tshark := corpustest.Tool(t, "tshark")
	const secret = "SECRET!!" // 8 bytes, so no padding is needed
	le := binary.LittleEndian
	u16 := func(v ...uint16) (b []byte) {
		for _, v := range v {
			b = le.AppendUint16(b, v)
		}
		return b
	}
	u32 := func(v ...uint32) (b []byte) {
		for _, v := range v {
			b = le.AppendUint32(b, v)
		}
		return b
	}
	options := func(codes ...uint16) (b []byte) {
		for _, c := range codes {
			b = append(append(b, u16(c, uint16(len(secret)))...), secret...)
		}
		return append(b, u16(0, 0)...)
	}
	// custom is an option of the enterprise 32473, which is for examples (RFC 5612).
	custom := append(append(u16(2988, 12), u32(32473)...), secret...)
	var file []byte
	block := func(kind uint32, parts ...[]byte) {
		body := bytes.Join(parts, nil)
		n := uint32(12 + len(body))
		file = append(append(append(file, u32(kind, n)...), body...), u32(n)...)
	}
	frame := append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 36, 0, 0, 0,
		0, 64, 17, 0, 0, 192, 0, 2, 10, 198, 51, 100, 7, 0x9c, 0x40, 0, 53, 0, 16, 0, 0}, secret...)
	captured := u32(0, 0, 0, uint32(len(frame)), uint32(len(frame)))
	framePad := make([]byte, -len(frame)&3)
	const comment = 1
	block(0x0a0d0d0a, u32(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff), // section
		options(comment, 2, 3, 4)) // hardware, system, program
	block(1, u16(1, 0), u32(0), options(comment, 2, 3, 12, 15)) // name, description, OS, hardware
	block(4, u16(1, 13), []byte{192, 0, 2, 10}, []byte(secret), []byte{0, 0, 0, 0}, u16(0, 0),
		options(comment, 2)) // names
	// TLS keys
	block(10, u32(0x544c534b, uint32(len(secret))), []byte(secret), options(comment))
	// hash, verdict
	block(6, captured, frame, framePad, custom, options(comment, 3, 7))
	block(5, u32(0, 0, 0), options(comment))                         // statistics
	block(0xbad, u32(32473), []byte(secret))                         // custom
	block(9, []byte("__REALTIME_TIMESTAMP=0\nMESSAGE="+secret+"\n")) // journal
	block(0x7abc, []byte(secret))                                    // unknown

	folder := t.TempDir()
	name := func(n string) string { return filepath.Join(folder, n) }
	key := strings.Repeat("0123456789abcdef", 4)
	for n, b := range map[string][]byte{"in.pcapng": file, "key": []byte(key)} {
		if err := os.WriteFile(name(n), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, how := range []string{"zero", "cut"} {
		out := name(how + ".pcapng")
		if text, err := exec.Command("portsniff", "-r", name("in.pcapng"), "-w", out,
			"--anonymize", name("key"), "--anonymize-payload", how).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		made, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(made, []byte(secret)) {
			t.Errorf("%s: something is left: %q", how, made)
		}
	}
	for n, want := range map[string]string{"in": "192.0.2.10\t53\t" + secret, "zero": "\t53\t"} {
		text, err := exec.Command(tshark, "-r", name(n+".pcapng"), "-Y", "udp", "-T", "fields",
			"-e", "ip.src", "-e", "udp.dstport", "-e", "frame.comment").Output()
		if err != nil || !strings.HasSuffix(strings.TrimSuffix(string(text), "\n"), want) {
			t.Errorf("tshark reads %q of %s: %v", text, n, err)
		}
	}
}
