package pcapfile_test

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/linktype"
)

// TestPacketSource checks that gopacket gets the same packets as Next from each sample: from one
// file and from all of them, with the bytes of the source and with copies.
func TestPacketSource(t *testing.T) {
	names, err := filepath.Glob("../../pcaps/*.pcap*")
	if err != nil || len(names) < 40 {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	packets := 0
	for _, name := range names {
		next, source, zero := openFile(t, name), openFile(t, name), openFile(t, name)
		var p capture.Packet
		for next.Next(&p) == nil {
			link, err := source.LinkType()
			if err != nil || link != p.Link {
				t.Fatalf("%s, packet %d: link type %s, %v, want %s", name, p.Number, link, err,
					p.Link)
			}
			for _, read := range []func() ([]byte, gopacket.CaptureInfo, error){
				source.ReadPacketData, zero.ZeroCopyReadPacketData,
			} {
				data, info, err := read()
				if err != nil || !bytes.Equal(data, p.Data) || info.Length != p.Length ||
					!info.Timestamp.Equal(p.Timestamp) || info.InterfaceIndex != p.InterfaceIndex {
					t.Fatalf("%s, packet %d: %d bytes, %+v, %v", name, p.Number, len(data), info,
						err)
				}
			}
			packets++
		}
		for range 2 {
			if _, _, err := zero.ZeroCopyReadPacketData(); err != io.EOF {
				t.Errorf("%s: ends with %v", name, err)
			}
		}
		if _, err := source.LinkType(); err != io.EOF {
			t.Errorf("%s: link type at the end: %v", name, err)
		}
	}
	all := pcapfile.OpenAll([]string{names[0], names[1]}, pcapfile.Options{})
	defer all.Close()
	n := 0
	for {
		if _, err := all.LinkType(); err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		if _, _, err := all.ReadPacketData(); err != nil {
			t.Fatal(err)
		}
		n++
	}
	if packets < 900 || int64(n) != all.Packets() || n < 2 {
		t.Errorf("%d packets, %d of two files", packets, n)
	}
}

func openFile(t *testing.T, name string) *pcapfile.File {
	t.Helper()
	f, err := pcapfile.Open(name, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// mixed returns a pcapng file with packets of Ethernet, raw IP and Ethernet.
func mixed(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w := pcapfile.NewWriter(&out, "mixed", pcapfile.Pcapng, 0)
	for i, link := range []linktype.Type{linktype.Ethernet, linktype.Raw, linktype.Ethernet} {
		p := capture.Packet{Link: link, Data: make([]byte, 20+i), HasTime: true}
		p.InterfaceIndex, p.CaptureLength, p.Length, p.Timestamp = i%2, len(p.Data), len(p.Data),
			time.Unix(int64(i), 0)
		in := capture.Interface{Index: i % 2, Link: link, SnapLen: 100, FCSLen: -1}
		if err := w.Write(&p, func() capture.Interface { return in }); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestPacketSourceOfTwoLinkTypes checks that a packet with another link type returns an error,
// because gopacket's packet sources have one decoder for all packets. The next packet can be read.
func TestPacketSourceOfTwoLinkTypes(t *testing.T) {
	f, err := pcapfile.NewReader(bytes.NewReader(mixed(t)), "mixed", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []linktype.Type{linktype.Ethernet, linktype.Raw, linktype.Ethernet} {
		link, err := f.LinkType()
		if err != nil || link != want {
			t.Errorf("packet %d: %s, %v", i+1, link, err)
		}
		data, _, err := f.ReadPacketData()
		var e *capture.LinkTypeError
		if other := errors.As(err, &e); other != (want == linktype.Raw) || !other &&
			len(data) != 20+i {
			t.Errorf("packet %d: %d bytes, %v", i+1, len(data), err)
		}
	}
}

// TestPacketSourceEnds checks that the error of a cut file comes once, followed by the end.
// gopacket's loop continues forever after errors that it does not know.
func TestPacketSourceEnds(t *testing.T) {
	data := mixed(t)
	f, err := pcapfile.NewReader(bytes.NewReader(data[:len(data)-5]), "cut", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	packets := gopacket.NewPacketSource(f, gopacket.DecodePayload).Packets()
	n := 0
	for end := time.After(time.Minute); packets != nil; {
		select {
		case _, more := <-packets:
			if !more {
				packets = nil
				continue
			}
			n++
		case <-end:
			t.Fatal("the loop did not end")
		}
	}
	if n != 1 {
		t.Errorf("%d packets", n)
	}
	var format *pcapfile.FormatError
	if err := f.Next(new(capture.Packet)); !errors.As(err, &format) {
		t.Errorf("Next: %v", err)
	}
}

// TestLinkTypeOfDamagedFile checks that the error is that of Next, wherever a file is cut.
func TestLinkTypeOfDamagedFile(t *testing.T) {
	data := mixed(t)
	for n := range data {
		f, err := pcapfile.NewReader(bytes.NewReader(data[:n]), "cut", pcapfile.Options{})
		if err != nil {
			continue
		}
		var p capture.Packet
		for {
			link, linkErr := f.LinkType()
			err := f.Next(&p)
			if linkErr == nil && err != nil {
				if errors.Is(err, pcapfile.ErrCut) {
					break // after the link type
				}
				t.Fatalf("%d bytes: no error, then %v", n, err)
			}
			if linkErr != nil && (err == nil || linkErr.Error() != err.Error()) {
				t.Fatalf("%d bytes: %v, then %v", n, linkErr, err)
			}
			if err != nil {
				break
			}
			if link != p.Link {
				t.Fatalf("%d bytes: %s, then %s", n, link, p.Link)
			}
		}
	}
}
