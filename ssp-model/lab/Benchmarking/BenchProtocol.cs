namespace SspNative.Lab.Benchmarking;

/// <summary>
/// How every benchmark measures. The engine and its peer take turns. Before each turn both rest, until no thread of either waits for work by spinning.
/// docs/speed.md says it in full.
/// </summary>
internal static class BenchProtocol
{
    /// <summary>Before each turn, at least. The engine's pool sleeps after a tenth of it.</summary>
    public const int RestMilliseconds = 20;

    /// <summary>A peer whose threads still took more than this share of one processor during a rest is given another: some pools spin for long.</summary>
    public const double MostOfRest = 0.25;

    /// <summary>A peer whose threads never sleep is measured as it is.</summary>
    public const int MostRests = 50;

    /// <summary>Runs before the clock counts: until compiled code, pools and caches are as they stay.</summary>
    public const double SecondsOfWarmUp = 0.5;

    /// <summary>Turns of each side for a kernel, each of as many runs as fill its share of the time.</summary>
    public const int TurnsOfKernel = 5;

    /// <summary>All runs of one side of a kernel.</summary>
    public const double SecondsOfKernel = 0.3;

    /// <summary>Runs of one turn, and of a warm-up.</summary>
    public const int MostRunsOfTurn = 500;

    /// <summary>A model runs once a turn: so it begins from rest, as a request does.</summary>
    public const int FewestTurnsOfModel = 5, MostTurnsOfModel = 50;

    /// <summary>Turns of what takes longer than <see cref="SecondsOfLongRun"/>.</summary>
    public const int TurnsOfLongRun = 3;

    /// <summary>A run of this length has its clock and caches settled by itself.</summary>
    public const double SecondsOfLongRun = 5;

    /// <summary>Turns of a model are so many that the slower side takes about so long.</summary>
    public const double SecondsOfModel = 3;

    /// <summary>A share of the processors in others' hands above which figures mean little.</summary>
    public const double MostOthers = 0.05;

    /// <summary>A median by its minimum above which something disturbed.</summary>
    public const double MostOfLeast = 1.25;

    /// <summary>A share of the roof above which a figure needs an explanation.</summary>
    public const double MostOfRoof = 1.05;

    /// <summary>The largest relative error (root mean square) between outputs of the engine and of a peer that compute the same.</summary>
    public const double MostDifference = 1e-3;

    /// <summary>How many turns each side has, and of how many runs, by the seconds of one run of the engine and of the peer.</summary>
    public static (int Turns, int Mine, int Theirs) Turns(bool isModel, bool quick, double mine, double theirs)
    {
        if (quick)
            return (1, 1, 1);
        if (isModel && Math.Max(mine, theirs) > SecondsOfLongRun)
            return (TurnsOfLongRun, 1, 1);
        if (isModel)
            return (Math.Clamp((int)(SecondsOfModel / Math.Max(mine, theirs)), FewestTurnsOfModel, MostTurnsOfModel), 1, 1);
        int Runs(double once) => Math.Clamp((int)(SecondsOfKernel / TurnsOfKernel / once), 1, MostRunsOfTurn);
        return (TurnsOfKernel, Runs(mine), Runs(theirs));
    }
}
