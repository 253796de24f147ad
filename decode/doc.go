// Package decode finds every header and port of a frame. No other package knows the offset of a
// field.
//
// [Packet.Decode] walks a frame from its link type to its ports. It records the headers, where each
// begins, which of them have ports, and why there are none. It allocates nothing once the slices of
// the Packet have grown. [Packet.Fields] lists the fields of a header with their values. Both read
// the same table of fields, so they cannot disagree about an offset.
//
// Each header determines the next header, with two exceptions. A UDP port selects a tunnel if it is
// the tunnel's registered port and the bytes after it pass the tunnel's check; [Layer.Via] is then
// that port. Below an MPLS stack the first bits decide, as in routers. Application data is never
// decoded.
//
// Two limits bound a header: the captured bytes, and the length that enclosing headers claim. A
// header beyond them is reported as a [DecodeError], and never read. Multi-byte fields are in
// network byte order unless the documentation of a field says otherwise.
package decode
