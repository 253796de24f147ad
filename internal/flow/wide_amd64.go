//go:build !purego

package flow

import (
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/portsniff/portsniff/decode"
)

// wide tells whether the processor can work on eight packets at once.
var wide = cpu.X86.HasAVX2 && cpu.X86.HasBMI2

// Places in decode.Headers.What, for keysOf.
const (
	whatVersion = decode.WhatVersion
	whatFlags   = decode.WhatFlags
)

var _ = [...]int{whatVersion, whatFlags} // which only assembly uses

// Sizes as shifts, for assembly.
const (
	endsShift  = 4
	entryShift = 6
	addrsShift = 5
	cellShift  = 6
	sentShift  = 4
)

// They are right, or this is not compiled.
var (
	_ [1 << endsShift]byte  = [unsafe.Sizeof(ends{})]byte{}
	_ [1 << entryShift]byte = [unsafe.Sizeof(entry{})]byte{}
	_ [1 << addrsShift]byte = [unsafe.Sizeof([2][16]byte{})]byte{}
	_ [1 << cellShift]byte  = [unsafe.Sizeof(cell{})]byte{}
	_ [1 << sentShift]byte  = [unsafe.Sizeof(Count{})]byte{}
)

// keysOf makes ends and hashes of so many eights of packets in IPv4, as Batch.plain does, and anything of others. The packets in IPv4 have a bit in four, of which only as many
// bits mean something as there were packets; sum is their bytes.
//
//go:noescape
func keysOf(what, ports *uint32, addrs *uint64, lengths *uint32, eights int, s *seed, to *ends, hash *uint32) (four, sum uint64)

// expectSlots looks at the slots where n hashes begin, at most decode.RunLen, in an index of 1<<bits slots, and at those behind them. Where one has the lower bits of the hash,
// near gets its entry's number plus one, and where one before that is empty, 0. For the others odd has a bit each, and near has nothing to say. Meanwhile the slots are fetched where
// m later hashes begin. Up to seven more are done besides, whatever they are.
//
//go:noescape
func expectSlots(slots *uint32, bits uint, hash, near *uint32, n int, later *uint32, m int) (odd uint64)

// fetchAhead is how many packets before its turn an entry is fetched.
const fetchAhead = 24

// countRun counts packets from number from on and below to as countOne does, up to the first one that is not of a known flow, by near, or that is earlier than the flow's first
// one, or one more than the flow has room for. It gives that one's number. spoke has a bit for each that has its side's first payload. The entries are fetched of those
// that come fetchAhead packets later, in near.
//
//go:noescape
func countRun(pieces **[pieceLen]entry, known uint32, x *ends, near *uint32, nanos *int64, bytes *uint32, from, to int) (next int, spoke uint64)

// fetch has the entries of n packets fetched, as far as near says which these are.
//
//go:noescape
func fetch(pieces **[pieceLen]entry, known uint32, near *uint32, n int)

// hashEntries makes the hashes of n entries that follow one another, at most decode.RunLen, as seed.hash4 does. Those in IPv6 have a bit in six: they have another one.
//
//go:noescape
func hashEntries(list *entry, n int, s *seed, hash *uint32) (six uint64)

// countPorts counts those of n packets, of which there are so many eights, that were found to be plain and of whose ports one alone has a bit of low, for the other one, unless that
// is 0. Those have a bit in counted, and sum is their bytes.
//
//go:noescape
func countPorts(what, list *uint32, eights, n int, low uint32, bytes *uint32, nanos *int64, tcp, udp *[ports]cell) (counted, sum uint64)

// keysOf6 makes ends and hashes of packets in IPv6, each of which has a bit, as Batch.plain6 does for one, and sets their addresses, which have numbers from number on.
//
//go:noescape
func keysOf6(data *byte, which uint64, what, ports *uint32, addrs *uint64, s *seed, to *ends, hash *uint32, v6 *[2][16]byte, number uint64)

// same6 is Table.prepare6 for a list of n packets: x and near are those of a batch, whose addresses are v6, pieces and addrs those of the store, which has known entries, one at
// least.
//
//go:noescape
func same6(list *six, n int, x *ends, near *uint32, pieces **[pieceLen]entry, known uint32, addrs **[pieceLen][2][16]byte, v6 *[2][16]byte)
