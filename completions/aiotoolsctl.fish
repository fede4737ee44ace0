# fish completion for aiotoolsctl: what may stand there is asked of aiotoolsctl itself.

function __aiotoolsctl_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l found ($words[1] complete $words[2..-1] 2>/dev/null)
	if test $status -eq 3
		__fish_complete_path (commandline -ct)
		return
	end
	printf '%s\n' $found
end

complete -c aiotoolsctl -f -a '(__aiotoolsctl_complete)'
