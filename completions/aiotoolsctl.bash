# bash completion for aiotoolsctl: what may stand there is asked of aiotoolsctl itself.

_aiotoolsctl() {
	local line=${COMP_LINE:0:COMP_POINT} words last cut found candidate status
	# By blanks alone: readline also splits at = and :, which options and names of tasks have.
	read -ra words <<<"$line"
	[[ $line != *[[:blank:]] ]] || words+=("")
	last=${words[${#words[@]} - 1]}
	cut= # what readline takes to be written already
	[[ $COMP_WORDBREAKS != *=* || $last != *=* ]] || cut=${last%%=*}=
	[[ $COMP_WORDBREAKS != *:* || $cut || $last != *:* ]] || cut=${last%"${last##*:}"}
	COMPREPLY=()
	found=$("${words[0]}" complete "${words[@]:1}" 2>/dev/null)
	status=$?
	if [[ $status -eq 3 ]]; then
		compopt -o default
		return
	fi
	while IFS=$'\t' read -r candidate _; do
		[[ -z $candidate ]] || COMPREPLY+=("${candidate#"$cut"}")
	done <<<"$found"
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=@] ]]; then
		compopt -o nospace
	fi
}

complete -F _aiotoolsctl aiotoolsctl
