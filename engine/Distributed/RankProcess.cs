namespace SspNative.Engine.Distributed;

/// <summary>The process that a rank is.</summary>
/// <param name="Id">Its number on its machine.</param>
/// <param name="Machine">The machine's name.</param>
public readonly record struct RankProcess(int Id, string Machine)
{
    public override string ToString() => $"process {Id} on {Machine}";
}
