# fish completion for signet(8); made by: signet completions fish
complete -c signet -s C -r -F
complete -c signet -f -n __fish_use_subcommand -a ' key dns check sign verify queue status suppress trace test explain report delist route oauth setup import config reload completions help'
complete -c signet -f -n '__fish_seen_subcommand_from key; and not __fish_seen_subcommand_from new list show import rotate revoke' -a ' new list show import rotate revoke'
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from new' -l type -x -a ' rsa ed25519'
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from new' -l bits -x
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from new' -l domainkeys
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from new' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from new' -l selector -x -a '(signet completions selectors 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from new' -l file -r -F
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from new' -l configure
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from list' -l json
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from show' -l public
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from show' -l record
complete -c signet -f -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from show' -a '(signet completions selectors 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l opendkim -r -F
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l key-table -r -F
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l signing-table -r -F
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l folder -r -F
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l root -r -F
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l configure
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l dry-run
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l selector -x -a '(signet completions selectors 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from import' -l password-command -x
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from rotate' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from rotate' -l selector -x -a '(signet completions selectors 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from rotate' -l to -x
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from rotate' -l type -x -a ' rsa ed25519'
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from rotate' -l bits -x
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from rotate' -l yes
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from rotate' -l status
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from rotate' -l due
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from rotate' -l mail
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from revoke' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from revoke' -l file -r -F
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from revoke' -l now
complete -c signet -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from revoke' -l yes
complete -c signet -f -n '__fish_seen_subcommand_from key; and __fish_seen_subcommand_from revoke' -a '(signet completions selectors 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from dns' -l format -x -a ' plain bind json nsupdate'
complete -c signet -n '__fish_seen_subcommand_from dns' -l address -x
complete -c signet -n '__fish_seen_subcommand_from dns' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from dns' -l selector -x -a '(signet completions selectors 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from dns' -l key -r -F
complete -c signet -n '__fish_seen_subcommand_from dns' -l check
complete -c signet -n '__fish_seen_subcommand_from dns' -l publish
complete -c signet -n '__fish_seen_subcommand_from dns' -l server -x
complete -c signet -n '__fish_seen_subcommand_from dns' -l tsig-file -r -F
complete -c signet -n '__fish_seen_subcommand_from dns' -l tsig -x
complete -c signet -n '__fish_seen_subcommand_from dns' -l yes
complete -c signet -n '__fish_seen_subcommand_from check' -l only -x
complete -c signet -n '__fish_seen_subcommand_from check' -l skip -x
complete -c signet -n '__fish_seen_subcommand_from check' -l json
complete -c signet -n '__fish_seen_subcommand_from check' -l nagios
complete -c signet -n '__fish_seen_subcommand_from check' -l changed
complete -c signet -n '__fish_seen_subcommand_from check' -l mail
complete -c signet -n '__fish_seen_subcommand_from check' -l wait
complete -c signet -n '__fish_seen_subcommand_from check' -l all
complete -c signet -n '__fish_seen_subcommand_from check' -l fresh
complete -c signet -n '__fish_seen_subcommand_from check' -l file -r -F
complete -c signet -n '__fish_seen_subcommand_from check' -l explain -x
complete -c signet -n '__fish_seen_subcommand_from sign' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from sign' -l selector -x -a '(signet completions selectors 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from sign' -l key -r -F
complete -c signet -n '__fish_seen_subcommand_from sign' -l algorithm -x
complete -c signet -n '__fish_seen_subcommand_from sign' -l canonicalization -x
complete -c signet -n '__fish_seen_subcommand_from sign' -l identity -x
complete -c signet -n '__fish_seen_subcommand_from sign' -l expires -x
complete -c signet -n '__fish_seen_subcommand_from sign' -l domainkeys -x -a ' nofws simple'
complete -c signet -n '__fish_seen_subcommand_from sign' -l signed-fields -x
complete -c signet -n '__fish_seen_subcommand_from sign' -l oversigned-fields -x
complete -c signet -n '__fish_seen_subcommand_from verify' -l all
complete -c signet -n '__fish_seen_subcommand_from verify' -l dns -r -F
complete -c signet -n '__fish_seen_subcommand_from verify' -l obsolete
complete -c signet -n '__fish_seen_subcommand_from verify' -l add
complete -c signet -n '__fish_seen_subcommand_from verify' -l id -x
complete -c signet -n '__fish_seen_subcommand_from verify' -l ip -x
complete -c signet -n '__fish_seen_subcommand_from verify' -l helo -x
complete -c signet -n '__fish_seen_subcommand_from verify' -l from -x
complete -c signet -f -n '__fish_seen_subcommand_from queue; and not __fish_seen_subcommand_from list show export flush hold release delete move destinations status' -a ' list show export flush hold release delete move destinations status'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l json
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l sender -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l recipient -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l reason -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l older -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l newer -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l uid -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l unit -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l container -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l held
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -l deferred
complete -c signet -f -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from list' -a '(signet completions ids 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from show' -l json
complete -c signet -f -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from show' -a '(signet completions ids 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from export' -l crlf
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from export' -l file -r -F
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from export' -l envelope -r -F
complete -c signet -f -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from export' -a '(signet completions ids 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l json
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l dry-run
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l now
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l sender -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l recipient -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l reason -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l older -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l newer -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l uid -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l unit -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l container -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l held
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -l deferred
complete -c signet -f -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from flush' -a '(signet completions ids 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l json
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l dry-run
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l sender -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l recipient -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l reason -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l older -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l newer -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l uid -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l unit -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l container -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l held
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -l deferred
complete -c signet -f -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from hold' -a '(signet completions ids 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l json
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l dry-run
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l sender -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l recipient -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l reason -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l older -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l newer -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l uid -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l unit -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l container -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l held
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -l deferred
complete -c signet -f -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from release' -a '(signet completions ids 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l json
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l dry-run
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l bounce
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l sender -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l recipient -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l reason -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l older -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l newer -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l uid -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l unit -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l container -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l held
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -l deferred
complete -c signet -f -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from delete' -a '(signet completions ids 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l json
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l dry-run
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l via -x -a '(signet completions hops 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l sender -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l recipient -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l reason -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l older -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l newer -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l uid -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l unit -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l container -x
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l held
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -l deferred
complete -c signet -f -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from move' -a '(signet completions ids 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from destinations' -l json
complete -c signet -n '__fish_seen_subcommand_from queue; and __fish_seen_subcommand_from status' -l counters
complete -c signet -n '__fish_seen_subcommand_from status' -l ready
complete -c signet -n '__fish_seen_subcommand_from status' -l watch
complete -c signet -n '__fish_seen_subcommand_from status' -l json
complete -c signet -n '__fish_seen_subcommand_from status' -l html
complete -c signet -n '__fish_seen_subcommand_from status' -l prometheus
complete -c signet -f -n '__fish_seen_subcommand_from suppress; and not __fish_seen_subcommand_from list remove' -a ' list remove'
complete -c signet -n '__fish_seen_subcommand_from suppress; and __fish_seen_subcommand_from list' -l json
complete -c signet -n '__fish_seen_subcommand_from trace' -l json
complete -c signet -n '__fish_seen_subcommand_from trace' -l since -x
complete -c signet -f -n '__fish_seen_subcommand_from trace' -a '(signet completions ids 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from test' -l no-data
complete -c signet -n '__fish_seen_subcommand_from test' -l from -x
complete -c signet -n '__fish_seen_subcommand_from test' -l via -x -a '(signet completions hops 2>/dev/null)'
complete -c signet -n '__fish_seen_subcommand_from explain' -l json
complete -c signet -n '__fish_seen_subcommand_from explain' -l server -x
complete -c signet -n '__fish_seen_subcommand_from explain' -l verdicts
complete -c signet -n '__fish_seen_subcommand_from report' -l json
complete -c signet -n '__fish_seen_subcommand_from report' -l ours -x
complete -c signet -n '__fish_seen_subcommand_from delist' -l address -x
complete -c signet -n '__fish_seen_subcommand_from delist' -l asked
complete -c signet -n '__fish_seen_subcommand_from delist' -l forget
complete -c signet -n '__fish_seen_subcommand_from delist' -l json
complete -c signet -n '__fish_seen_subcommand_from delist' -l list
complete -c signet -n '__fish_seen_subcommand_from delist' -l json
complete -c signet -n '__fish_seen_subcommand_from route' -l offline
complete -c signet -n '__fish_seen_subcommand_from route' -l json
complete -c signet -n '__fish_seen_subcommand_from route' -l from -x
complete -c signet -n '__fish_seen_subcommand_from route' -l json
complete -c signet -n '__fish_seen_subcommand_from route' -l clear -x
complete -c signet -f -n '__fish_seen_subcommand_from oauth; and not __fish_seen_subcommand_from login status' -a ' login status'
complete -c signet -n '__fish_seen_subcommand_from oauth; and __fish_seen_subcommand_from login' -l device
complete -c signet -n '__fish_seen_subcommand_from oauth; and __fish_seen_subcommand_from login' -l browser
complete -c signet -n '__fish_seen_subcommand_from oauth; and __fish_seen_subcommand_from status' -l json
complete -c signet -n '__fish_seen_subcommand_from setup' -l root -x
complete -c signet -n '__fish_seen_subcommand_from setup' -l domain -x
complete -c signet -n '__fish_seen_subcommand_from setup' -l hostname -x
complete -c signet -n '__fish_seen_subcommand_from setup' -l via -x -a ' mx smarthost mix'
complete -c signet -n '__fish_seen_subcommand_from setup' -l smarthost -x
complete -c signet -n '__fish_seen_subcommand_from setup' -l user -x
complete -c signet -n '__fish_seen_subcommand_from setup' -l password-file -r -F
complete -c signet -n '__fish_seen_subcommand_from setup' -l tsig-file -r -F
complete -c signet -n '__fish_seen_subcommand_from setup' -l server -x
complete -c signet -n '__fish_seen_subcommand_from setup' -l postfix -r -F
complete -c signet -n '__fish_seen_subcommand_from setup' -l import-opendkim -r -F
complete -c signet -n '__fish_seen_subcommand_from setup' -l no-test
complete -c signet -n '__fish_seen_subcommand_from setup' -l yes
complete -c signet -n '__fish_seen_subcommand_from setup' -l dry-run
complete -c signet -n '__fish_seen_subcommand_from import' -l root -r -F
complete -c signet -n '__fish_seen_subcommand_from import' -l dry-run
complete -c signet -n '__fish_seen_subcommand_from import' -l queue
complete -c signet -f -n '__fish_seen_subcommand_from config; and not __fish_seen_subcommand_from check manual' -a ' check manual'
