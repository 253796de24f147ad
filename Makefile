# What a change has to pass: `make check`. Needs Go; the tests against other programs need tshark and tcpdump, and say so where they are missing.
GO ?= go
FUZZTIME ?= 2000x
DEB_ARCH ?= $(shell $(GO) env GOARCH)
NFPM = github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0
SBOM = github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
GORELEASER = github.com/goreleaser/goreleaser/v2@v2.12.0
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
PLATFORMS = linux/amd64 linux/arm64 darwin/arm64 windows/amd64 freebsd/amd64
# Which platforms are built twice; a build takes two minutes of processor time, so that a check of every change may name fewer.
REPRODUCE ?= $(PLATFORMS)

.PHONY: check check-rest fmt vet static tidy api packaging test arm64 race cross fuzz fuzz-long mutate mutants hostile defenses bench clean reproducible deb try-deb sbom snapshot page docs style

check: test check-rest

check-rest: fmt style vet static tidy api packaging cross reproducible page docs race fuzz

fmt:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt these:"; gofmt -l $$(git ls-files '*.go'); exit 1; }

vet:
	$(GO) vet ./...

static:
	$(GO) run $(STATICCHECK) ./...

tidy:
	$(GO) mod tidy -diff

# The exported names of the library against the last release: what breaks code that uses it is named.
api:
	GO='$(GO)' .ci/api.sh

# Mistakes in what packages are made from. Tools that are not installed are named.
packaging:
	GO='$(GO)' .ci/packaging.sh

test:
	$(GO) test ./...

# Decoding, flows and capture files on arm64, under qemu-user; a part of .ci/run. It has no packet
# sockets, and starts no program of another processor.
arm64:
	CGO_ENABLED=0 GOARCH=arm64 PORTSNIFF_CORPUS= PORTSNIFF_REQUIRE_ORACLES= \
	  $(GO) test -short -exec qemu-aarch64-static -skip 'Live|Peak' ./decode ./internal/flow ./capture/pcapfile

# Without the real captures, which take the race detector half an hour, without the second that each of the hundreds of programs that tests start would sleep at
# its end, and without large packages that start no goroutine.
SEQUENTIAL = internal/(corpustest|explain|flow|hexdump|render)$$
race:
	GORACE=atexit_sleep_ms=0 PORTSNIFF_CORPUS= PORTSNIFF_REQUIRE_ORACLES= $(GO) test -race -short -timeout 30m $$($(GO) list ./... | grep -vE '$(SEQUENTIAL)')

# Everything but the race detector is free of cgo, on every platform the README names.
cross:
	@for p in $(PLATFORMS); do echo "build and vet $$p"; \
	  CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -o /dev/null ./... && \
	  CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) vet ./... || exit 1; done

# Each fuzz target for FUZZTIME: so many inputs (2000x) or so long (20m). A number of inputs is what the check takes, for a deadline that comes while a worker
# answers makes the go command report a failure that is none.
fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; done; done

# The same for 20 minutes each unless FUZZTIME is given, two at a time, with a line for each target in dist/fuzz.tsv.
fuzz-long: FUZZTIME = 20m
fuzz-long:
	GO='$(GO)' bench/fuzz-long.sh $(FUZZTIME) dist/fuzz.tsv

# Every sample with bytes changed 600 times, and cut after every byte; `go test` does some of it. With the memory that all of it took, measured from outside.
mutate:
	@command -v /usr/bin/time >/dev/null || { echo "install GNU time"; exit 1; }
	$(GO) test -c -o dist/mutate.test ./internal/corpustest
	PORTSNIFF_MUTATE=all /usr/bin/time -f '%E of time, %M KiB of memory at most' dist/mutate.test -test.v -test.timeout 3h -test.run '^(TestCuts|TestFlips)$$' \
	  >dist/mutate.log || { cat dist/mutate.log; exit 1; }
	@grep -E 'files, |^(---|ok|PASS)' dist/mutate.log

# A fixed sample of 400 small changes of the code, and which of them no test notices; hours.
# SINCE=COMMIT takes packages that changed since, PACKAGES names some.
mutants:
	$(GO) run ./bench/mutate -n 400 -jobs 2 $(if $(SINCE),-since $(SINCE)) $(PACKAGES)

# Every command on outputs that fail, bombs in every command, and the largest memory of each: all of it is part of `make test` too.
hostile:
	PORTSNIFF_REQUIRE_ORACLES=1 $(GO) test -v ./cmd/portsniff ./capture/pcapfile ./internal/outfile -run 'TestOutput|OutputRow|TestSyncBeforeName|Bomb|TestAllReaders|MaxDecompressed|Hostile'

# Each defense taken out, and the tests that fail; about a minute for each on two processors.
defenses:
	$(GO) run ./bench/defenses

# The last commit built twice in different folders gives the same programs.
reproducible:
	GO='$(GO)' .ci/reproducible.sh $(REPRODUCE)

# A Debian package for DEB_ARCH, this machine's unless told otherwise, in dist. Before the first tag its version is the commit's date and name.
deb:
	GO='$(GO)' packaging/stage.sh $(DEB_ARCH)
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) DEB_ARCH=$(DEB_ARCH) \
	  VERSION=$$(git describe --tags --match 'v*' 2>/dev/null | sed 's/^v//' | grep . || git log -1 --date=format:%Y%m%d --format=0.0.0~git%cd.%h) \
	  $(GO) run $(NFPM) package -f packaging/nfpm.yaml -p deb -t dist/

# That package installed and tried in a Debian system of its own, which debootstrap makes; as root.
try-deb: deb
	packaging/try-deb.sh "$$(ls -t dist/portsniff_*_$(DEB_ARCH).deb | head -1)"

# What the program is made of, in CycloneDX's words.
sbom:
	mkdir -p dist
	$(GO) run $(SBOM) app -json -licenses -main cmd/portsniff -output dist/portsniff.cdx.json .

# All that a release has, in dist/release, without a tag and without anything sent anywhere.
snapshot:
	GOBIN=$(CURDIR)/dist/tools $(GO) install $(SBOM)
	PATH="$(CURDIR)/dist/tools:$$PATH" $(GO) run $(GORELEASER) release --snapshot --clean

# The front end of report and serve: its types, a build that is what is committed, and the page in Chromium. Needs Node 20, npm and Chromium.
page:
	GO='$(GO)' internal/page/web/check.sh

# Lines of at most 100 columns, American spelling, and no words that make sentences hard to read.
style:
	GO='$(GO)' .ci/style.sh

# The length of sentences, and the static site of the docs with its links and anchors. Needs Node 20
# and npm.
docs:
	docs/site/check.sh

bench:
	$(GO) test -run '^$$' -bench . -benchmem -count 6 ./...

clean:
	rm -rf dist
