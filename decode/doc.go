// Package decode knows where every field of a header sits, and nothing else does.
//
// A frame is walked from its link type to its ports: [Packet.Decode] notes which headers it holds,
// where each begins, which of them carry ports, and, where none does, why. The walk allocates
// nothing once the Packet's slices have grown. [Packet.Fields] then formats any of those headers
// from its field table, for the one frame a person wants explained. Both read the same table, so
// they cannot disagree about an offset.
//
// What follows a header is reported by that header, with two exceptions. A UDP port chooses a
// tunnel, if it is the tunnel's registered one and the bytes after pass the tunnel's own check;
// [Layer.Via] is then that port. Below an MPLS stack the first bits choose, as they do in routers.
// No payload of an application is ever decoded.
//
// Bounds come from what was captured and from what the enclosing headers claim, whichever is less;
// a header that claims more than it has is reported as a [DecodeError], never read past. All
// multi-byte fields are in network byte order unless a field's documentation says otherwise.
package decode
