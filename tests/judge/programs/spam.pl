# Asks SpamAssassin about each file on standard input, in one process; prints one JSON line a mail.
# Arguments: the port of the DNS on loopback, a folder of its own. It reads no user's settings and keeps nothing.
use strict;
use warnings;
use JSON::PP;
use Mail::SpamAssassin;

my ($port, $folder) = @ARGV;
my $judge = Mail::SpamAssassin->new({
    dont_copy_prefs => 1,
    userprefs_filename => '/dev/null',
    userstate_dir => $folder,
    home_dir_for_helpers => $folder,
    local_tests_only => 0,
    post_config_text => join("\n",
        "dns_available yes", "dns_server 127.0.0.1:$port", "skip_rbl_checks 1", "use_bayes 0", "use_razor2 0",
        "use_pyzor 0", "use_dcc 0", "score URIBL_BLOCKED 0", "skip_uribl_checks 1", ""),
});
$judge->init(1);
$| = 1;
while (my $line = <STDIN>) {
    my ($name, $file) = @{ decode_json($line) };
    open my $in, '<:raw', $file or die "$file: $!";
    my $mail = $judge->parse([<$in>]);
    close $in;
    my $status = $judge->check($mail);
    my %rules = %{ $status->get_names_of_tests_hit_with_scores_hash };
    $_ += 0 for values %rules;
    print encode_json({ name => $name, score => $status->get_score + 0, rules => \%rules }), "\n";
    $status->finish;
    $mail->finish;
}
