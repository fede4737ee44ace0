# What the tools that fetch from Debian share; read by tools/sysroot, does nothing by
# itself.  Gives cache, the folder for what is fetched, and private_apt.

cache=${AIOTOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aiotools}
mkdir -p "$cache" && cache=$(cd "$cache" && pwd) || exit 1

# The Debian that this machine is of: its address and its name, as apt has them.
debian_source() {
	apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI) $(CODENAME)' \
		'Created-By: Packages' 2>/dev/null |
		awk '$1 == "Debian" && $2 == "main" && $4 !~ /-/ { print $3, $4; exit }'
}

# private_apt FOLDER ARCH deb|deb-src [SUITE...]: from now on apt works in the folder, for a machine
# of that architecture on which nothing is installed.
private_apt() {
	command -v apt-get >/dev/null && command -v dpkg >/dev/null ||
		{ echo "this needs apt-get and dpkg, as Debian has them" >&2; return 1; }
	source=$(debian_source)
	[ -n "$source" ] ||
		{ echo "apt knows no Debian to fetch from: run apt-get update, as root" >&2; return 1; }
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial" && : >"$1/status" || return 1
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -f "$keys" ] && signed="[signed-by=$keys] " || signed=
	folder=$1 arch=$2 kind=$3
	shift 3
	[ $# -gt 0 ] || set -- "${source#* }"
	for suite; do
		echo "$kind $signed${source% *} $suite main"
	done | sort -u >"$folder/sources.list" || return 1
	cat >"$folder/apt.conf" <<-EOF || return 1
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Dir::State "$folder";
		Dir::State::status "$folder/status";
		Dir::Cache "$folder/cache";
		Dir::Etc::SourceList "$folder/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Parts "/dev/null";
	EOF
	APT_CONFIG=$folder/apt.conf
	export APT_CONFIG
	apt-get update -qq >&2
}
