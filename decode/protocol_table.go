package decode

// A ProtocolID identifies a protocol: it is an index in the table of protocols.
type ProtocolID uint8

// All headers that have a decoder: link types first, then the protocols inside.
const (
	IDNone ProtocolID = iota
	IDEthernet
	IDVLAN
	IDLLC
	IDSNAP
	IDSLL
	IDSLL2
	IDNull
	IDRaw
	IDPPP
	IDPPPoE
	IDCHDLC
	IDMPLS
	IDARP
	IDIPv4
	IDIPv6
	IDHopByHop
	IDRouting
	IDDstOpts
	IDFragHdr
	IDAH
	IDESP
	IDICMP
	IDICMPv6
	IDTCP
	IDUDP
	IDUDPLite
	IDSCTP
	IDDCCP
	IDSCTPChunk
	IDGRE
	IDWLAN
	IDAMSDU
	IDRadiotap
	IDPPI
	IDFDDI
	IDTokenRing
	IDArcnet
	IDArcnetLinux
	IDIPFC
	IDAP1394
	IDFrameRelay
	IDDirPPP
	IDDirCHDLC
	IDDirFR
	IDIPoIB
	IDENC
	IDPFLOG
	IDIPNET
	IDSLIP
	IDNFLOG
	IDPKTAP
	IDUser2
	IDJuniper
	IDPrism
	IDAVS
	IDSunATM
	IDCLIP
	IDNetAnalyzer
	IDNetAnalyzerTr
	IDMPacket
	IDERF
	IDVXLAN
	IDVXLANGPE
	IDGeneve
	IDGTP
	IDGTP0
	IDTeredo
	IDL2TP
	IDL2TP3
	IDLISP
	IDLISPControl
	IDAYIYA
	IDCAPWAP
	IDTZSP
	IDSFlow
	IDSFlowSample
	IDSFlowRecord
	IDNSH
	IDERSPAN
	IDWCCP
	IDEtherIP
	IDPIM
	IDMobility
	IDHIP
	IDShim6
	IDIPComp
	IDPWCW
	IDPWACH
	IDMACsec
	IDITag
	IDETag
	IDVNTag
	IDCMD
	IDHSR
	IDRTag
	IDFabricPath
	IDTRILL
	IDBatman
	IDISL
	IDDSA
	IDEDSA
	IDDSABrcm
	IDBrcmPrepend
	IDBCP
	IDMP
	IDWLANSwapped
	IDPPTP
	IDJuniperPPP
	IDJuniperFR
	IDJuniperCHDLC
	IDERSPAN3
	IDNetlink
	IDArista
	IDCMDGRE
	IDWLANMesh
	idCount
)

// protocols is the table of every header.
var protocols = [idCount]*Protocol{
	IDNone:          {Key: "none", Name: "nothing"},
	IDEthernet:      &ethernetProto,
	IDVLAN:          &vlanProto,
	IDLLC:           &llcProto,
	IDSNAP:          &snapProto,
	IDSLL:           &sllProto,
	IDSLL2:          &sll2Proto,
	IDNull:          &nullProto,
	IDRaw:           &rawProto,
	IDPPP:           &pppProto,
	IDPPPoE:         &pppoeProto,
	IDCHDLC:         &chdlcProto,
	IDMPLS:          &mplsProto,
	IDARP:           &arpProto,
	IDIPv4:          &ipv4Proto,
	IDIPv6:          &ipv6Proto,
	IDHopByHop:      &hopByHopProto,
	IDRouting:       &routingProto,
	IDDstOpts:       &dstOptsProto,
	IDFragHdr:       &fragHdrProto,
	IDAH:            &ahProto,
	IDESP:           &espProto,
	IDICMP:          &icmpProto,
	IDICMPv6:        &icmpv6Proto,
	IDTCP:           &tcpProto,
	IDUDP:           &udpProto,
	IDUDPLite:       &udpLiteProto,
	IDSCTP:          &sctpProto,
	IDDCCP:          &dccpProto,
	IDSCTPChunk:     &sctpChunkProto,
	IDGRE:           &greProto,
	IDWLAN:          &wlanProto,
	IDAMSDU:         &amsduProto,
	IDRadiotap:      &radiotapProto,
	IDPPI:           &ppiProto,
	IDFDDI:          &fddiProto,
	IDTokenRing:     &tokenProto,
	IDArcnet:        &arcnetProto,
	IDArcnetLinux:   &arcnetLinuxProto,
	IDIPFC:          &ipfcProto,
	IDAP1394:        &ap1394Proto,
	IDFrameRelay:    &frameRelayProto,
	IDDirPPP:        &dirPPPProto,
	IDDirCHDLC:      &dirCHDLCProto,
	IDDirFR:         &dirFRProto,
	IDIPoIB:         &ipoibProto,
	IDENC:           &encProto,
	IDPFLOG:         &pflogProto,
	IDIPNET:         &ipnetProto,
	IDSLIP:          &slipProto,
	IDNFLOG:         &nflogProto,
	IDPKTAP:         &pktapProto,
	IDUser2:         &user2Proto,
	IDJuniper:       &juniperProto,
	IDPrism:         &prismProto,
	IDAVS:           &avsProto,
	IDSunATM:        &sunATMProto,
	IDCLIP:          &clipProto,
	IDNetAnalyzer:   &netAnaProto,
	IDNetAnalyzerTr: &netAnaTrProto,
	IDMPacket:       &mpacketProto,
	IDERF:           &erfProto,
	IDVXLAN:         &vxlanProto,
	IDVXLANGPE:      &vxlanGPEProto,
	IDGeneve:        &geneveProto,
	IDGTP:           &gtpProto,
	IDGTP0:          &gtp0Proto,
	IDTeredo:        &teredoProto,
	IDL2TP:          &l2tpProto,
	IDL2TP3:         &l2tp3Proto,
	IDLISP:          &lispProto,
	IDLISPControl:   &lispControlProto,
	IDAYIYA:         &ayiyaProto,
	IDCAPWAP:        &capwapProto,
	IDTZSP:          &tzspProto,
	IDSFlow:         &sflowProto,
	IDSFlowSample:   &sflowSampleProto,
	IDSFlowRecord:   &sflowRecordProto,
	IDNSH:           &nshProto,
	IDERSPAN:        &erspanProto,
	IDWCCP:          &wccpProto,
	IDEtherIP:       &etherIPProto,
	IDPIM:           &pimProto,
	IDMobility:      &mobilityProto,
	IDHIP:           &hipProto,
	IDShim6:         &shim6Proto,
	IDIPComp:        &ipcompProto,
	IDPWCW:          &pwCWProto,
	IDPWACH:         &pwACHProto,
	IDMACsec:        &macsecProto,
	IDITag:          &itagProto,
	IDETag:          &etagProto,
	IDVNTag:         &vntagProto,
	IDCMD:           &cmdProto,
	IDHSR:           &hsrProto,
	IDRTag:          &rtagProto,
	IDFabricPath:    &cfpProto,
	IDTRILL:         &trillProto,
	IDBatman:        &batmanProto,
	IDISL:           &islProto,
	IDDSA:           &dsaProto,
	IDEDSA:          &edsaProto,
	IDDSABrcm:       &dsaBrcmProto,
	IDBrcmPrepend:   &brcmPreProto,
	IDBCP:           &bcpProto,
	IDMP:            &mpProto,
	IDWLANSwapped:   &wlanSwappedProto,
	IDPPTP:          &pptpProto,
	IDERSPAN3:       &erspan3Proto,
	IDNetlink:       &netlinkProto,
	IDArista:        &aristaProto,
	IDCMDGRE:        &cmdGREProto,
	IDWLANMesh:      &wlanMeshProto,
	IDJuniperPPP:    &juniperPPPProto,
	IDJuniperFR:     &juniperFRProto,
	IDJuniperCHDLC:  &juniperCHDLCProto,
}

// String returns the protocol's short name, the same as Wireshark's if Wireshark has one.
func (id ProtocolID) String() string {
	if id < idCount {
		return protocols[id].Key
	}
	return ""
}

// Protocol returns the protocol's row in the table.
func (id ProtocolID) Protocol() *Protocol { return protocols[id] }

// IDs lists every protocol with a decoder, in the order of the constants.
func IDs() []ProtocolID {
	ids := make([]ProtocolID, 0, idCount-1)
	for id := IDNone + 1; id < idCount; id++ {
		ids = append(ids, id)
	}
	return ids
}
