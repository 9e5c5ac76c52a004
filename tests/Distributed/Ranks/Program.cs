using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Tests.Distributed.Ranks;

// A rank that does one thing, so that tests see each member of MpiCollective at work: `mpiexec -n 3 ranks WHAT FOLDER [NUMBER]`.
// What it sees stands in FOLDER/RANK.txt afterwards, a line for each thing.
string what = args[0], folder = args[1];
int number = args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 0;
string path = Path.Combine(folder, $"{MpiCollective.StartedRank}.txt");
using var log = new Log(path);
if (what == "environment")
    return Started.Tell(log);
if (what == "find")
    return Started.Find(log);
if (what == "abort")
{
    MpiCollective.AbortStarted(number);
    return 0;
}
try
{
    MpiCollective ranks = MpiCollective.Join(log);
    return what switch
    {
        "exchange" => Exchanges.Run(ranks, log),
        "mistakes" => Exchanges.Mistakes(ranks, log),
        "many" => Exchanges.Many(ranks, log, number),
        "fail" => Ends.Fail(ranks, log),
        "give-up" => Ends.GiveUp(ranks, log),
        "end" => Ends.EndAll(ranks, log, number),
        "stop" => Ends.Stop(ranks, log),
        "idle" => Ends.Idle(ranks, log, number),
        "go" => Ends.Go(ranks, number),
        _ => throw new ArgumentException($"a rank does not know {what}"),
    };
}
catch (InputException e)
{
    log.Add($"refused: {e.Message}");
    return 2;
}
