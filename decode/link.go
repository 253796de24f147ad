package decode

import "github.com/portsniff/portsniff/linktype"

// LinkProtocol returns the first header of frames of a link type, or IDNone without a decoder.
func LinkProtocol(t linktype.Type) ProtocolID {
	if uint64(t) < uint64(len(linkProtocols)) {
		return linkProtocols[t]
	}
	return IDNone
}

// linkProtocols maps a link type's number to the first header of its frames.
var linkProtocols = [...]ProtocolID{
	0:   IDNull,
	1:   IDEthernet,
	6:   IDTokenRing,
	7:   IDArcnet,
	8:   IDSLIP,
	9:   IDPPP,
	10:  IDFDDI,
	12:  IDRaw,
	14:  IDRaw,
	50:  IDPPP,
	51:  IDPPPoE,
	100: IDLLC,
	101: IDRaw,
	104: IDCHDLC,
	105: IDWLAN,
	106: IDCLIP,
	107: IDFrameRelay,
	108: IDNull,
	109: IDENC,
	113: IDSLL,
	117: IDPFLOG,
	119: IDPrism,
	122: IDIPFC,
	123: IDSunATM,
	127: IDRadiotap,
	129: IDArcnetLinux,
	138: IDAP1394,
	149: IDUser2,
	163: IDAVS,
	166: IDPPP,
	178: IDJuniper,
	179: IDJuniperPPP,
	180: IDJuniperFR,
	181: IDJuniperCHDLC,
	192: IDPPI,
	197: IDERF,
	204: IDDirPPP,
	205: IDDirCHDLC,
	206: IDDirFR,
	226: IDIPNET,
	228: IDIPv4,
	229: IDIPv6,
	239: IDNFLOG,
	240: IDNetAnalyzer,
	241: IDNetAnalyzerTr,
	242: IDIPoIB,
	248: IDSCTP,
	253: IDSLL, // the same header, always with device type 824
	258: IDPKTAP,
	259: IDEthernet,
	274: IDMPacket,
	276: IDSLL2,
	281: IDDSABrcm,
	282: IDBrcmPrepend,
	284: IDDSA,
	285: IDEDSA,
}
