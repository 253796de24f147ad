# A program without anything around it. To read a capture: docker run --rm -i portsniff -r - <capture.pcap
# To capture on the host's interfaces: docker run --rm --network host --cap-drop ALL --cap-add NET_RAW --cap-add SETUID --cap-add SETGID --user 0 portsniff -i eth0
# The last two are what root takes to go on as nobody, once the interface is open; without them it refuses to go on.
FROM golang:1.26 AS build
WORKDIR /src
# The modules change less often than the sources, and are kept as a layer of their own.
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
# Without cgo the program needs no C library, and so nothing of the image that it was built in; with .git it knows its commit.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=auto -o /portsniff ./cmd/portsniff
RUN packaging/licenses.sh "$(go env GOARCH)" >/third-party.txt

FROM scratch
COPY --from=build /portsniff /portsniff
COPY --from=build /src/LICENSE /src/NOTICE /third-party.txt /
# Nobody: a number, since the image has no /etc/passwd. A user without capabilities reads captures; only who asks for more gets to capture.
USER 65534:65534
ENTRYPOINT ["/portsniff"]
CMD ["--help"]
