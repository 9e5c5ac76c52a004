using System.Runtime.InteropServices;
using System.Text;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;

namespace SspNative.Tests.Distributed.Ranks;

/// <summary>What ranks give each other.</summary>
internal static class Exchanges
{
    public static int Run(MpiCollective ranks, Log log)
    {
        (int rank, int count) = (ranks.Rank, ranks.Count);
        log.Add($"rank {rank} of {count}; started as {MpiCollective.StartedRank} of {MpiCollective.StartedRanks}, here {MpiCollective.StartedLocalRank}");
        log.Add($"own process: {ranks.Processes[rank] == RankProcess.This()}, of all {ranks.Processes.Distinct().Count()}, "
            + $"beside the first: {ranks.Processes[rank].IsBeside(ranks.Processes[0])}");
        Traffic before = ranks.Sent;
        // The ranks' own numbers are as long as they are high; rank 0 has nothing.
        log.Add($"all: {Text(ranks.AllGather(Own(rank)))}");
        log.Add($"nothing: {Text(ranks.AllGather([]))}");
        before = Sent("gathered by all");
        log.Add($"first: {Text(ranks.Gather(Own(2 - rank)))}");
        before = Sent("gathered by one");
        ranks.Barrier();
        log.Add($"any: {ranks.Any(rank == count - 1)} {ranks.Any(false)}");
        log.Add($"from the first: {Encoding.UTF8.GetString(ranks.FromFirst(Encoding.UTF8.GetBytes($"it is {rank}")))}");
        before = ranks.Sent;
        Tensors(ranks, log);
        Sent("tensors");
        ranks.Poll();
        ranks.Leave();
        log.Add("left");
        return 0;

        Traffic Sent(string what)
        {
            log.Add($"{what}: {ranks.Sent - before}");
            return ranks.Sent;
        }
    }

    // Each sends the next one a tensor of floats and one of doubles, larger than what MPI sends at once, and says that there is no third one.
    private static void Tensors(MpiCollective ranks, Log log)
    {
        const int large = 1 << 17;
        using var scope = new TensorScope();
        (int rank, int next, int before) = (ranks.Rank, (ranks.Rank + 1) % ranks.Count, (ranks.Rank + ranks.Count - 1) % ranks.Count);
        var floats = Tensor.FromArray([.. Enumerable.Range(0, 5).Select(i => 10f * rank + i)], [5], CpuDevice.Default);
        double[] numbers = [.. Enumerable.Range(0, large).Select(i => rank + i / 1024.0)];
        var doubles = Tensor.FromBytes(MemoryMarshal.AsBytes<double>(numbers), [large], CpuDevice.Default, DType.F64);
        Tensor first = Tensor.Zeros([5], CpuDevice.Default), second = Tensor.Empty([large], CpuDevice.Default, DType.F64);
        Tensor third = Tensor.FromArray([7f], [1], CpuDevice.Default);
        // By their tags they find each other, not by their order.
        ITransfer[] sends = [ranks.Send(doubles, next, 2), ranks.Send(null, next, 3), ranks.Send(floats, next, 1)];
        ITransfer[] receives = [ranks.Receive(third, before, 3), ranks.Receive(first, before, 1), ranks.Receive(second, before, 2)];
        log.Add($"received: {string.Join(' ', receives.Select(r => r.Wait()))}");
        log.Add($"sent: {string.Join(' ', sends.Select(s => s.Wait()))}");
        double[] got = second.ToDoubleArray();
        log.Add($"floats: {string.Join(' ', first.ToArray())}; doubles: {got[0]} {got[1]} {got[^1]}; left as it was: {third.ToArray()[0]}");
    }

    public static int Mistakes(MpiCollective ranks, Log log)
    {
        using var scope = new TensorScope();
        var tensor = Tensor.FromArray([1f, 2f], [2], CpuDevice.Default);
        log.Add(Told(() => ranks.Send(tensor, 99, 1)));
        log.Add(Told(() => ranks.RequireSame("number", $"{Math.Max(0, ranks.Rank - 1)}")));
        log.Add(Told(() => ranks.RequireSame("number", "7")));
        // More than there is room for.
        ITransfer? send = ranks.Rank == 0 ? ranks.Send(tensor, 1, 5) : null;
        if (ranks.Rank == 1)
            log.Add(Told(() => ranks.Receive(Tensor.Empty([1], CpuDevice.Default), 0, 5).Wait()));
        send?.Wait();
        ranks.Leave();
        return 0;
    }

    // What is lent to MPI is given back: of many exchanges nothing stays.
    public static int Many(MpiCollective ranks, Log log, int bytes)
    {
        const int exchanges = 400;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        byte[] own = new byte[bytes];
        for (int i = 0; i < exchanges; i++)
            ranks.AllGather(own);
        ranks.Leave();
        log.Add($"kept: {(GC.GetTotalMemory(forceFullCollection: true) - before) / bytes}");
        return 0;
    }

    private static string Told(Action action)
    {
        try
        {
            action();
            return "fine";
        }
        catch (Exception e) when (e is IOException or InputException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private static byte[] Own(int rank) => [.. Enumerable.Repeat((byte)('0' + rank), rank)];

    private static string Text(byte[][] all) => $"[{string.Join(',', all.Select(Encoding.UTF8.GetString))}]";
}
