using SspNative.Cli;

return SspCommandLine.Run(args, Console.Out, Console.Error);
