namespace SspNative.Engine.Distributed;

/// <summary>Is told, on a thread of its own, what becomes of the ranks; what is to be done then is up to the program.</summary>
public interface IRankWatcher
{
    /// <summary>At rank 0: another rank has a line to say.</summary>
    void Line(int rank, string line);

    /// <summary>At rank 0: another rank cannot go on. What it said of it came before.</summary>
    void Failed(int rank, int code);

    /// <summary>At rank 0, or at the others of it: nothing was heard of a rank for so long that it is dead or hangs.</summary>
    void Lost(int rank, TimeSpan silence);

    /// <summary>At any rank: it has itself neither worked nor waited for others for so long that it hangs. Called each second while that is so.</summary>
    void Idle(TimeSpan time);

    /// <summary>MPI no longer works here, as when the connection to another rank breaks. Nothing is heard any more.</summary>
    void Broken(string why);

    /// <summary>At other ranks than 0: rank 0 says that all end.</summary>
    void End(int code);

    /// <summary>Called several times a second.</summary>
    void Tick();
}
