package live

import (
	"encoding/binary"
	"errors"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

const (
	vlanLen = 4  // a tag: protocol identifier and control information
	macsLen = 12 // both addresses of an Ethernet header
	sll2Len = 20 // LINKTYPE_LINUX_SLL2's header
	// addressAt is the offset of the link-layer address (struct sockaddr_ll) from the start of a
	// frame's header, in bytes.
	addressAt = unix.SizeofTpacket3Hdr
)

// pcapng's epb_flags: direction in bits 0 and 1, reception type in bits 2 to 4.
const (
	flagInbound     = 1
	flagOutbound    = 2
	flagUnicast     = 1 << 2
	flagMulticast   = 2 << 2
	flagBroadcast   = 3 << 2
	flagPromiscuous = 4 << 2
)

// errRing is for a block with impossible numbers, which the kernel never writes. Memory beyond the
// block is not read.
var errRing = errors.New("a frame reaches out of its block")

// headroom returns the number of bytes that can be written before a frame. The kernel always leaves
// enough space: it aligns the network header to 16 bytes, after space for a link header of 16
// bytes.
func (r *ring) headroom() int {
	if r.header {
		return vlanLen
	}
	return sll2Len + vlanLen
}

// A view is a frame in its block.
type view struct {
	*unix.Tpacket3Hdr
	data   []byte
	length int   // on the wire, in bytes
	kind   uint8 // PACKET_HOST ...
}

// view returns the frame at r.at in place, and advances to the next.
func (r *ring) view() (v view, err error) {
	block := r.memory[r.block*r.size : (r.block+1)*r.size]
	if r.at < 0 || r.at+addressAt+unix.SizeofSockaddrLinklayer > len(block) {
		return v, &Error{r.device.Name, "read the buffer", errRing, ""}
	}
	h := (*unix.Tpacket3Hdr)(unsafe.Pointer(&block[r.at]))
	from := r.at + int(h.Mac)
	to := from + int(h.Snaplen)
	if int(h.Mac) < addressAt+unix.SizeofSockaddrLinklayer+r.headroom() || to > len(block) {
		return v, &Error{r.device.Name, "read the buffer", errRing, ""}
	}
	address := (*unix.RawSockaddrLinklayer)(unsafe.Pointer(&block[r.at+addressAt]))
	added := 0 // bytes put before the frame
	switch tagged := h.Status&unix.TP_STATUS_VLAN_VALID != 0; {
	case !r.header:
		added = cook(block, from, address, h, tagged)
	case tagged && r.device.Link == linktype.Ethernet && int(h.Snaplen) >= macsLen:
		added = retag(block, from, h)
	}
	from -= added
	to = min(to, from+r.opt.snapLen())
	r.given++
	r.frames--
	r.at += int(h.Next_offset)
	return view{h, block[from:to:to], int(h.Len) + added, address.Pkttype}, nil
}

// frame fills p with the next frame of the block.
func (r *ring) frame(p *capture.Packet) error {
	v, err := r.view()
	if err != nil {
		return err
	}
	p.Timestamp, p.HasTime = time.Unix(int64(v.Sec), int64(v.Nsec)).UTC(), true
	p.CaptureLength, p.Length, p.InterfaceIndex, p.Section = len(v.data), v.length, 0, 0
	p.Link, p.Data, p.File = r.device.Link, v.data, r.device.Name
	p.FCSLen, p.Flags, p.Comments = -1, packetFlags(v.kind), nil
	p.Number = int64(r.given)
	return nil
}

// Batch returns the frames of one block. See Capture.
func (r *ring) Batch(out []capture.Record) (n int) {
	r.reading.Lock()
	defer r.reading.Unlock()
	if r.err == nil {
		r.err = r.linkNews()
	}
	if r.err != nil || r.closed.Load() { // Next returns the error
		return 0
	}
	if r.frames == 0 {
		r.release()
		if !r.take() {
			return 0
		}
		r.pause = 0
	}
	for n < len(out) && r.frames > 0 {
		v, err := r.view()
		if err != nil {
			r.err = err // Next returns the error
			break
		}
		out[n] = capture.Record{Data: v.data, Number: int64(r.given), Length: uint32(v.length),
			Nanos: int64(v.Sec)*int64(time.Second) + int64(v.Nsec), Link: r.device.Link}
		n++
	}
	return n
}

// tag returns the VLAN tag that the kernel or the network card removed from a frame: identifier and
// control information.
func tag(h *unix.Tpacket3Hdr) (tpid, tci uint16) {
	tpid = unix.ETH_P_8021Q // kernels before 3.14 do not provide it
	if h.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		tpid = h.Hv1.Vlan_tpid
	}
	return tpid, uint16(h.Hv1.Vlan_tci)
}

// retag restores a VLAN tag after the addresses of the Ethernet frame at from. It returns the
// number of bytes by which the frame then begins earlier.
func retag(block []byte, from int, h *unix.Tpacket3Hdr) int {
	tpid, tci := tag(h)
	copy(block[from-vlanLen:], block[from:from+macsLen])
	at := block[from+macsLen-vlanLen:]
	binary.BigEndian.PutUint16(at, tpid)
	binary.BigEndian.PutUint16(at[2:], tci)
	return vlanLen
}

// cook writes a header of LINKTYPE_LINUX_SLL2 before the packet at from: protocol, reserved,
// interface index, hardware type, packet type, length of the address, the address of the sender. A
// VLAN tag goes between header and packet, as after an Ethernet header.
func cook(block []byte, from int, a *unix.RawSockaddrLinklayer, h *unix.Tpacket3Hdr,
	tagged bool) int {
	protocol := htons(a.Protocol)
	added := sll2Len
	if tagged {
		tpid, tci := tag(h)
		binary.BigEndian.PutUint16(block[from-vlanLen:], tci)
		binary.BigEndian.PutUint16(block[from-vlanLen+2:], protocol)
		protocol = tpid
		added += vlanLen
	}
	b := block[from-added : from-added+sll2Len]
	binary.BigEndian.PutUint16(b, protocol)
	binary.BigEndian.PutUint16(b[2:], 0)
	binary.BigEndian.PutUint32(b[4:], uint32(a.Ifindex))
	binary.BigEndian.PutUint16(b[8:], a.Hatype)
	b[10], b[11] = a.Pkttype, min(a.Halen, uint8(len(a.Addr)))
	copy(b[12:], a.Addr[:])
	return added
}

// packetFlags returns epb_flags of pcapng: direction and reception type.
func packetFlags(kind uint8) uint32 {
	switch kind {
	case unix.PACKET_HOST:
		return flagInbound | flagUnicast
	case unix.PACKET_BROADCAST:
		return flagInbound | flagBroadcast
	case unix.PACKET_MULTICAST:
		return flagInbound | flagMulticast
	case unix.PACKET_OTHERHOST:
		return flagInbound | flagPromiscuous
	case unix.PACKET_OUTGOING:
		return flagOutbound
	}
	return 0
}
