package sockets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// The helper and the capturing process communicate over two pipes. Numbers are in network byte
// order, and of fixed size if possible. The helper has privileges that the other process dropped,
// so it checks all input.
//
// A request is the number of flows, then each flow. A reply is the owner of each flow.
const (
	flowSize  = 1 + 2*(2+16)          // protocol; port and address of each end
	ownerSize = 4 + 4 + 4 + 1 + 1 + 1 // process, user, more, confidence, lengths of both names
	maxName   = 255
)

// confidences lists the values of Confidence in the order of their numbers on the wire.
var confidences = [...]Confidence{Unknown, Exact, Listener, Gone}

var errWire = errors.New("malformed message to or from the helper for process names")

func writeQuestion(w io.Writer, flows []Flow) error {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(flows)))
	for _, f := range flows {
		b = append(b, byte(f.Proto))
		b = appendEnd(appendEnd(b, f.Local), f.Remote)
	}
	_, err := w.Write(b)
	return err
}

func appendEnd(b []byte, end netip.AddrPort) []byte {
	addr := end.Addr().As16()
	return append(binary.BigEndian.AppendUint16(b, end.Port()), addr[:]...)
}

func readQuestion(r io.Reader) ([]Flow, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxAsk {
		return nil, errWire
	}
	b := make([]byte, n*flowSize)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	flows := make([]Flow, n)
	for i := range flows {
		f := b[i*flowSize:]
		flows[i] = Flow{decode.Transport(f[0]), endOf(f[1:]), endOf(f[1+18:])}
	}
	return flows, nil
}

func endOf(b []byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[2:18])).Unmap(),
		binary.BigEndian.Uint16(b))
}

func writeAnswer(w io.Writer, owners []Owner) error {
	var b []byte
	for _, o := range owners {
		name, user := o.Name[:min(len(o.Name), maxName)], o.User[:min(len(o.User), maxName)]
		b = binary.BigEndian.AppendUint32(b, uint32(o.PID))
		b = binary.BigEndian.AppendUint32(b, o.UID)
		b = binary.BigEndian.AppendUint32(b, uint32(o.More))
		b = append(b, number(o.Confidence), byte(len(name)), byte(len(user)))
		b = append(append(b, name...), user...)
	}
	_, err := w.Write(b)
	return err
}

func number(c Confidence) byte {
	for i, known := range confidences {
		if c == known {
			return byte(i)
		}
	}
	panic(fmt.Sprintf("owner: unknown confidence %q", c))
}

func readAnswer(r io.Reader, n int) ([]Owner, error) {
	owners := make([]Owner, n)
	var b [ownerSize]byte
	var names [2 * maxName]byte
	for i := range owners {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, err
		}
		name, user := int(b[13]), int(b[14])
		if int(b[12]) >= len(confidences) {
			return nil, errWire
		}
		if _, err := io.ReadFull(r, names[:name+user]); err != nil {
			return nil, err
		}
		owners[i] = Owner{Process{PID: int(binary.BigEndian.Uint32(b[:])),
			UID:  binary.BigEndian.Uint32(b[4:]),
			Name: string(names[:name]), User: string(names[name : name+user])},
			int(binary.BigEndian.Uint32(b[8:])), confidences[b[12]]}
	}
	return owners, nil
}
